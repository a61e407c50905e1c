"""Our components: template, css and js of each under one name; forms; icons; the low-vision version; the gallery."""

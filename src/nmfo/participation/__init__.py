"""Events: who signed up, who waits for a seat, who was there and how it is known. Hides seats and proof."""

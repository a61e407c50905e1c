"""Model fields whose values are sealed at rest and read like ordinary attributes.

A model that has them extends `SealedModel`: its id is taken from the table's sequence before the row is written, so
that the id can be part of what binds a value to its row.
"""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

from django.core.exceptions import FieldError
from django.db import connections, models, router

from foundation.vault.cipher import blind, open_sealed, seal

V = TypeVar("V")

if TYPE_CHECKING:  # Django's fields are generic for type checkers only
    AnyField = models.Field[Any, Any]
    IdField = models.BigAutoField[int, int]
    BytesField = models.BinaryField[Any, Any]
else:
    AnyField, IdField, BytesField = models.Field, models.BigAutoField, models.BinaryField


class Sealed:
    """A value as it lies in the table. It shows nothing of itself."""

    __slots__ = ("raw",)

    def __init__(self, raw: bytes) -> None:
        self.raw = raw

    def __repr__(self) -> str:
        return "<sealed>"


class SequenceId(IdField):
    """A bigint key that knows its value before the INSERT."""

    def get_pk_value_on_save(self, instance: models.Model) -> int:
        """Take the next value of the table's sequence."""
        table = instance._meta.db_table
        with connections[router.db_for_write(type(instance))].cursor() as cursor:
            cursor.execute("SELECT nextval(pg_get_serial_sequence(%s, %s))", [f'"{table}"', self.column])
            return int(cursor.fetchone()[0])


class SealedModel(models.Model):
    """A table with sealed fields."""

    id = SequenceId(primary_key=True)
    if TYPE_CHECKING:
        pk: int

    class Meta:
        abstract = True


class _Attribute(Generic[V]):
    """Reading opens the value once and keeps it; writing replaces it."""

    def __init__(self, field: SealedField[V]) -> None:
        self.field = field

    def __get__(self, instance: models.Model | None, owner: type) -> Any:
        if instance is None:
            return self
        name = self.field.attname
        if name not in instance.__dict__:
            instance.refresh_from_db(fields=[name])
        value = instance.__dict__[name]
        if isinstance(value, Sealed):
            value = self.field.open(value.raw, instance.pk)
            instance.__dict__[name] = value
        return value

    def __set__(self, instance: models.Model, value: Any) -> None:
        instance.__dict__[self.field.attname] = value


class SealedField(AnyField, Generic[V]):
    """Base of the sealed fields: bytea in the table, `V` in Python. Cannot be filtered by or updated in bulk."""

    empty_strings_allowed = False

    def get_internal_type(self) -> str:
        return "BinaryField"

    def contribute_to_class(self, cls: type[models.Model], name: str, private_only: bool = False) -> None:  # noqa: FBT001, FBT002
        super().contribute_to_class(cls, name, private_only)
        setattr(cls, self.attname, _Attribute(self))

    def aad(self, pk: Any) -> str:
        """What binds a value to its place."""
        return f"{self.model._meta.db_table}.{self.column}:{pk}"

    def open(self, raw: bytes, pk: Any) -> V:
        """The value in clear. Raises `foundation.vault.cipher.CannotOpen`."""
        return self.decode(open_sealed(raw, aad=self.aad(pk)))

    def encode(self, value: V) -> bytes:
        raise NotImplementedError(type(self).__name__)

    def decode(self, plain: bytes) -> V:
        raise NotImplementedError(type(self).__name__)

    def from_db_value(self, value: Any, expression: object, connection: object) -> Sealed | None:
        return None if value is None else Sealed(bytes(value))

    def pre_save(self, model_instance: models.Model, add: bool) -> Sealed | None:  # noqa: FBT001
        value = model_instance.__dict__.get(self.attname)
        if value is None or isinstance(value, Sealed):
            return value
        if model_instance.pk is None:
            raise FieldError(f"{self.model.__name__} has a sealed field and must extend SealedModel")
        return Sealed(seal(self.encode(value), aad=self.aad(model_instance.pk)))

    def get_prep_value(self, value: Any) -> Any:
        if value is None or isinstance(value, Sealed):
            return value
        raise FieldError(f"{self.name} is sealed: look it up by its index, write it through save()")

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:  # noqa: FBT001, FBT002
        value = super().get_db_prep_value(value, connection, prepared)
        return connection.Database.Binary(value.raw) if isinstance(value, Sealed) else value

    def value_to_string(self, obj: models.Model) -> str:
        raise FieldError(f"{self.name} is sealed and is not serialised")


class EncryptedText(SealedField[str]):
    """Text, sealed. `max_length` is in characters and is checked on writing."""

    if TYPE_CHECKING:

        def __get__(self, instance: Any, owner: Any) -> str: ...  # type: ignore[override]  # the attribute reads so

    def encode(self, value: str) -> bytes:
        if self.max_length is not None and len(value) > self.max_length:
            raise ValueError(f"{self.name} takes at most {self.max_length} characters")
        return value.encode()

    def decode(self, plain: bytes) -> str:
        return plain.decode()


class EncryptedDate(SealedField[dt.date]):
    """A day, sealed."""

    if TYPE_CHECKING:

        def __get__(self, instance: Any, owner: Any) -> dt.date: ...  # type: ignore[override]  # the attribute reads so

    def encode(self, value: dt.date) -> bytes:
        return value.isoformat().encode()

    def decode(self, plain: bytes) -> dt.date:
        return dt.date.fromisoformat(plain.decode())


class EncryptedJSON(SealedField[dict[str, Any]]):
    """A small dictionary, sealed."""

    if TYPE_CHECKING:

        def __get__(self, instance: Any, owner: Any) -> dict[str, Any]: ...  # type: ignore[override]  # the attribute reads so

    def encode(self, value: dict[str, Any]) -> bytes:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()

    def decode(self, plain: bytes) -> dict[str, Any]:
        return cast("dict[str, Any]", json.loads(plain))


class BlindIndex(BytesField):
    """The keyed hash a sealed value is found by; `purpose` as given to `foundation.vault.cipher.blind`."""

    def __init__(self, *args: Any, source: str = "", purpose: str = "", **kwargs: Any) -> None:
        self.source, self.purpose = source, purpose
        kwargs.setdefault("editable", False)
        super().__init__(*args, **kwargs)

    def of(self, instance: models.Model) -> bytes:
        """The index of a row's value under the newest key."""
        value = str(getattr(instance, self.source))
        return blind(value.lower() if self.purpose == "email" else value, purpose=self.purpose)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, {**kwargs, "source": self.source, "purpose": self.purpose, "editable": self.editable}

"""The state-services account (Госуслуги): an identity provider and a catalogue of services."""

"""Rooms: who is in them, who may do what there, and what is pinned to them."""

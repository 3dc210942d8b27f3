"""The MongoDB engine, through pymongo.

- engine: the client, its timeouts, and the database as a whole. collection: the operations.
- preparation: collections, validators and indexes as the models say. validators: $jsonSchema from a model.
- errors: what an error of pymongo means.
"""

from models.odm.mongodb.engine import MongoEngine

__all__ = ["MongoEngine"]

"""Raw files to tables: loaders, schemas, splits."""

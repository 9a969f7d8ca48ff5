"""How executors are talked to: one file a protocol, behind one contract."""

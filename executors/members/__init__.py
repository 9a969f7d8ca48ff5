"""HTTP executors as members of groups: who they are, how to reach them, whether they are well."""

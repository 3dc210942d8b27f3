"""Small tools that everything else may use; nothing here imports anything of ours."""

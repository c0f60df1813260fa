module ffboard

go 1.26

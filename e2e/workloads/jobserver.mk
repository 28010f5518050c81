# GNU make's jobserver is a pipe of tokens that all sub-makes read and write.
SELF := $(lastword $(MAKEFILE_LIST))
PARTS := 1 2 3 4 5 6

all: $(PARTS:%=part-%)
	cat part-*
	rm part-*

part-%:
	$(MAKE) -s -f $(SELF) N=$* leaves-$*
	cat leaf-$*-* | cksum >$@
	rm leaf-$*-*

leaves-%: leaf-$(N)-a leaf-$(N)-b leaf-$(N)-c
	@:

leaf-$(N)-%:
	seq 1 $(N)00 | sed 's/^/$* /' | sort -rn >$@

.PHONY: all
# Files that only pattern rules name would be deleted as intermediate.
.SECONDARY:

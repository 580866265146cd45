# Builds one image: make -f image.mk OUT=out NAME=x BOARD=cm3 SLOT=a RELEASE=1.0.0
#
# A release is a stack of layers, newest first: a file is taken from the first folder below source/
# that has it, and #include "..." finds headers the same way. So source/1.0.1 holds exactly the
# files that 1.0.1 changed.

include source/$(RELEASE)/release.mk

find = $(or $(firstword $(wildcard $(layers:%=source/%/$1))),$(error no layer has $1))

include $(call find,board/$(BOARD)/board.mk)

CC      := $(tool_prefix)gcc
OBJCOPY := $(tool_prefix)objcopy

warnings := -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes -Werror

# Nothing of the machine that builds may reach the image: no paths, no time, no build id.
deterministic := -ffile-prefix-map=$(CURDIR)/= -Werror=date-time

compile_flags := $(machine_flags) $(libc_flags) -std=gnu11 $(optimisation) $(warnings) \
  $(deterministic) -ffunction-sections -fdata-sections $(layers:%=-iquote source/%)

link_script := $(call find,board/$(BOARD)/slot_$(SLOT).ld)

link_flags := $(machine_flags) $(libc_flags) $(optimisation) -nostartfiles \
  -L $(dir $(call find,board/$(BOARD)/sections.ld)) -T $(link_script) \
  -Wl,--gc-sections -Wl,--build-id=none -Wl,--strip-debug -Wl,--fatal-warnings

# Slots differ in the last step alone and share their objects.
objects_folder := $(OUT)/$(BOARD)-$(RELEASE)
objects := $(foreach module,$(board_modules) $(modules),$(objects_folder)/$(module).o)

.PHONY: all
all: $(OUT)/$(NAME).bin $(OUT)/$(NAME).hex

define compile
$(objects_folder)/$1.o: $(call find,$1)
	@mkdir -p $$(dir $$@)
	@$$(CC) $$(compile_flags) -MMD -MP -c $$< -o $$@
endef
$(foreach module,$(board_modules) $(modules),$(eval $(call compile,$(module))))

$(OUT)/$(NAME).elf: $(objects) $(link_script)
	@echo "link $(notdir $@)"
	@$(CC) $(link_flags) -Wl,-Map=$(OUT)/$(NAME).map $(objects) -o $@
	$(file >$(OUT)/$(NAME).flags,$(subst $(CURDIR)/,,$(compile_flags)))
	$(file >>$(OUT)/$(NAME).flags,$(link_flags))

$(OUT)/$(NAME).bin: $(OUT)/$(NAME).elf
	@$(OBJCOPY) -O binary $< $@

$(OUT)/$(NAME).hex: $(OUT)/$(NAME).elf
	@$(OBJCOPY) -O ihex $< $@

-include $(objects:.o=.d)

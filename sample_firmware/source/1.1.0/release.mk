# Release 1.1.0: a soil probe. A driver, a command, two channels, an alarm and two settings for it.
include source/1.0.1/release.mk
layers  := 1.1.0 $(layers)
modules += app/commands_soil.c drivers/soil_probe.c simulation/soil_probe_model.c

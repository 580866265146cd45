# Release 1.0.0: the first one. Included by image.mk; later releases include their predecessor's.
layers       := 1.0.0
optimisation := -Os

modules := \
  board/image_header.c \
  app/main.c app/commands_system.c app/commands_memory.c app/commands_measuring.c \
  app/commands_config.c app/commands_lorawan.c app/sampler.c app/derived.c app/history.c \
  app/alarms.c app/report.c app/reporter.c app/link.c app/remote_control.c app/energy.c \
  app/history_upload.c app/clock_sync.c app/self_test.c \
  console/console.c console/output.c \
  lorawan/session.c lorawan/uplink_frame.c lorawan/downlink_frame.c lorawan/frame_security.c \
  lorawan/mac_commands.c lorawan/join.c lorawan/adaptive_rate.c lorawan/region.c \
  lorawan/duty_cycle.c lorawan/receive_windows.c \
  config/settings.c config/record_store.c \
  drivers/barometer.c drivers/hygrometer.c drivers/battery_gauge.c drivers/sensor_health.c \
  drivers/radio_sx1262.c drivers/radio_timing.c \
  simulation/environment.c simulation/sensor_bus.c simulation/barometer_model.c \
  simulation/hygrometer_model.c simulation/sx1262_model.c \
  crypto/aes128.c crypto/cmac.c \
  os/scheduler.c os/event_log.c os/wall_clock.c os/crash_record.c \
  lib/ring_buffer.c lib/checksums.c lib/fixed_point.c lib/text.c lib/statistics.c \
  lib/median_filter.c lib/calendar.c

"""SMP (mcumgr) on the device: the server that phones, gateways and `smpclient` upload to."""

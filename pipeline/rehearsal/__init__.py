"""Link and device joined: the proof of a build, the simulation of an update, the demo."""

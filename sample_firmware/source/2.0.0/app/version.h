/* The release that this source tree builds. */
#ifndef APP_VERSION_H
#define APP_VERSION_H

#define VERSION_MAJOR 2
#define VERSION_MINOR 0
#define VERSION_PATCH 0
#define VERSION_TEXT "2.0.0"

#endif

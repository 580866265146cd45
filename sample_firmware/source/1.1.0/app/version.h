/* The release that this source tree builds. */
#ifndef APP_VERSION_H
#define APP_VERSION_H

#define VERSION_MAJOR 1
#define VERSION_MINOR 1
#define VERSION_PATCH 0
#define VERSION_TEXT "1.1.0"

#endif

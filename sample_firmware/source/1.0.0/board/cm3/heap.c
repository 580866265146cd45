/*
 * newlib's snprintf is linked with its allocator, though integer formats never call it. There is no
 * heap: an allocation that happens all the same fails.
 */
#include <stddef.h>

void *_sbrk(ptrdiff_t increment);

void *_sbrk(ptrdiff_t increment)
{
    (void)increment;
    return (void *)-1;
}

/* mem: small allocations that cannot fail, and the clean-up attributes of the house.
 *
 * Fixed, small allocations abort when memory is gone: the keeper makes an engine abort survivable.
 * Whatever is sized by input has a named limit that is checked before it comes here. */
#pragma once
#include <stddef.h>
#include <stdlib.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

#define container_of(ptr, type, member) ((type *)(void *)((char *)(ptr)-offsetof(type, member)))

/* Marks the end of a switch that names every case. */
#define unreachable() __builtin_unreachable()

/* _cleanup_(mem_freep) char *s = ...;  runs at the end of the scope. */
#define _cleanup_(fn) __attribute__((cleanup(fn)))
#define _printf_(fmt, first) __attribute__((format(printf, fmt, first)))

/* Hand a pointer on and forget it here: return steal_ptr(&s); */
#define steal_ptr(pp)                                                                              \
	__extension__({                                                                            \
		__typeof__(*(pp)) stolen_ = *(pp);                                                 \
		*(pp) = NULL;                                                                      \
		stolen_;                                                                           \
	})

/* Zeroed memory of `bytes`; never NULL. Free with free(). */
void *mem_zalloc(size_t bytes);

/* Like realloc() for `count` items of `item_bytes` each, checked for overflow; never NULL unless
 * the product is 0. */
void *mem_resize(void *ptr, size_t count, size_t item_bytes);

/* Copies; never NULL, but mem_strdup(NULL) is NULL. */
char *mem_strdup(const char *s);
char *mem_strndup(const char *s, size_t len);
void *mem_dup(const void *data, size_t bytes);

/* printf into a new string. */
char *mem_printf(const char *fmt, ...) _printf_(1, 2);

/* For _cleanup_ on any pointer from malloc. */
static inline void mem_freep(void *pp)
{
	free(*(void **)pp);
}

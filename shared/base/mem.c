#include "shared/base/mem.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

static void *must(void *ptr)
{
	if (!ptr)
		abort();
	return ptr;
}

void *mem_zalloc(size_t bytes)
{
	return must(calloc(1, bytes ? bytes : 1));
}

void *mem_resize(void *ptr, size_t count, size_t item_bytes)
{
	size_t bytes;

	if (__builtin_mul_overflow(count, item_bytes, &bytes))
		abort();
	if (!bytes) {
		free(ptr);
		return NULL;
	}
	return must(realloc(ptr, bytes));
}

char *mem_strdup(const char *s)
{
	return s ? must(strdup(s)) : NULL;
}

char *mem_strndup(const char *s, size_t len)
{
	return must(strndup(s, len));
}

void *mem_dup(const void *data, size_t bytes)
{
	void *copy = must(malloc(bytes ? bytes : 1));

	if (bytes)
		memcpy(copy, data, bytes);
	return copy;
}

char *mem_printf(const char *fmt, ...)
{
	char *text;
	va_list args;

	va_start(args, fmt);
	if (vasprintf(&text, fmt, args) < 0)
		abort();
	va_end(args);
	return text;
}

/* units: durations, sizes, numbers, signals: from words and back to words. Pure. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pmc_error;
struct str;

/* "10s" "5m" "1h" "2d" "1.5s" "250ms" "1h30m"; a bare number is milliseconds. Upper limit 100
 * years. -EINVAL, -ERANGE. */
int units_parse_duration(const char *text, int64_t *ret_ms, struct pmc_error *err);

/* "100M" "0.5G" "64k" "1T" "10MiB" "512"; 1024-based, any case, an optional B or iB; a bare number
 * is bytes. */
int units_parse_size(const char *text, int64_t *ret_bytes, struct pmc_error *err);

/* Whole decimal number, optional sign, nothing behind it. */
int units_parse_int(const char *text, int64_t *ret_value, struct pmc_error *err);

/* true/false, yes/no, on/off, 1/0, any case. */
int units_parse_bool(const char *text, bool *ret_value, struct pmc_error *err);

/* "SIGINT", "INT", "sigusr2", "10" → number; -EINVAL with a suggestion. */
int units_parse_signal(const char *text, int *ret_signal, struct pmc_error *err);

/* "SIGSEGV"; "signal 35" style names for real-time ones ("SIGRTMIN+1"). Static string. */
const char *units_signal_name(int signal);

/* What units_parse_signal() is made of: 0 when there is no such signal; the nearest name or NULL.
 */
int units_signal_number(const char *text);
const char *units_signal_nearest(const char *text);

/* Shortest exact text: 1600 → "1600ms", 5000 → "5s", 0 → "0". Parses back to the same. */
void units_format_duration(struct str *out, int64_t ms);

/* Shortest exact text: 104857600 → "100M", 1000 → "1000". Parses back to the same. */
void units_format_size(struct str *out, int64_t bytes);

/* For people, not for parsers: "3.2 s", "12 min", "47 h", "3 d"; "52.7 MiB". */
void units_human_duration(struct str *out, int64_t ms);
void units_human_size(struct str *out, int64_t bytes);

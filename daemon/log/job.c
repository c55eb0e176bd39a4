#include "daemon/log/job.h"

#include <string.h>

#include "shared/base/mem.h"

struct job *job_create(enum job_kind kind, struct stream *stream, log_fn fn, void *owner)
{
	struct job *job = mem_zalloc(sizeof(*job));

	job->kind = kind;
	job->stream = stream;
	job->fn = fn;
	job->owner = owner;
	return job;
}

void job_destroy(struct job *job)
{
	if (!job)
		return;
	job_config_free(job->config);
	free(job->text);
	free(job);
}

void job_queue_init(struct job_queue *queue)
{
	pthread_mutex_init(&queue->lock, NULL);
	queue->first = NULL;
	queue->last = &queue->first;
}

void job_queue_done(struct job_queue *queue)
{
	struct job *next;

	for (struct job *job = queue->first; job; job = next) {
		next = job->next;
		job_destroy(job);
	}
	pthread_mutex_destroy(&queue->lock);
}

void job_queue_push(struct job_queue *queue, struct job *job)
{
	job->next = NULL;
	pthread_mutex_lock(&queue->lock);
	*queue->last = job;
	queue->last = &job->next;
	pthread_mutex_unlock(&queue->lock);
}

struct job *job_queue_take(struct job_queue *queue)
{
	struct job *jobs;

	pthread_mutex_lock(&queue->lock);
	jobs = queue->first;
	queue->first = NULL;
	queue->last = &queue->first;
	pthread_mutex_unlock(&queue->lock);
	return jobs;
}

/* The strings of a copy are ours, whatever the type of the field says. */
static void free_string(const char *s)
{
	union {
		const char *theirs;
		char *ours;
	} u = {.theirs = s};

	free(u.ours);
}

struct log_config *job_config_copy(const struct log_config *config)
{
	struct log_config *copy = mem_dup(config, sizeof(*config));

	for (int i = 0; i < LOG_SINKS; i++)
		copy->path[i] = mem_strdup(config->path[i]);
	if (copy->path[1] && copy->path[0] && strcmp(copy->path[0], copy->path[1]) == 0) {
		free_string(copy->path[1]); /* one file gets every line once */
		copy->path[1] = NULL;
	}
	copy->date_format = mem_strdup(config->date_format);
	copy->app = mem_strdup(config->app);
	return copy;
}

void job_config_free(struct log_config *config)
{
	if (!config)
		return;
	for (int i = 0; i < LOG_SINKS; i++)
		free_string(config->path[i]);
	free_string(config->date_format);
	free_string(config->app);
	free(config);
}

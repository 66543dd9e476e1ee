/* The load generator and the service it speaks to: what their parts share. */
#ifndef LOAD_H
#define LOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SECOND 1000000000ull /* ns */

/* What the command line may say, as key=value words. Times of the clock are CLOCK_MONOTONIC. */
struct options {
    const char *address; /* IPv4 address to connect to or listen at */
    const char *host;    /* the Host header: the public name */
    const char *path;    /* of the WebSocket; a download is below it */
    const char *sources; /* first of the addresses to connect from, "" for the host's own */
    long source_count;
    long port;
    long streams, downloads;
    long bytes;     /* of a frame's payload */
    long period_us; /* between two frames of one stream */
    double warmup, seconds, grace;
    long attached; /* a service that ends with its input */
    long parallel; /* connections being opened at once */
    long total;    /* connections to hold */
    double timeout;
};

/* Bytes that wait: received and not parsed yet, or not taken by the socket yet. */
struct bytes {
    uint8_t *data;
    size_t size, room;
};

/* One WebSocket frame inside a buffer. */
struct frame {
    int opcode;
    uint8_t *payload;
    size_t size;
};

enum { FRAME_BINARY = 2, FRAME_CLOSE = 8 };

void fail(const char *what);
uint64_t now_ns(void);
double cpu_seconds(void);
void raise_file_limit(void);

void bytes_append(struct bytes *b, const void *data, size_t size);
void bytes_drop(struct bytes *b, size_t size);
void bytes_free(struct bytes *b);

/* Parses one frame and unmasks it in place; returns its whole length, 0 when it is incomplete. */
size_t frame_parse(uint8_t *data, size_t size, struct frame *frame);
void frame_append(struct bytes *b, int opcode, const void *payload, size_t size, bool masked);
/* The length of an HTTP head with its empty line, 0 when it is incomplete. */
size_t head_length(const struct bytes *b);

int dial(const struct options *o, unsigned number); /* non-blocking; -1 when refused at once */
void upgrade_append(struct bytes *b, const struct options *o);
void get_append(struct bytes *b, const struct options *o, const char *suffix, bool keep);
int watch_new(void);
void watch(int epoll, int fd, uint32_t events, void *what, bool first);
int timer_new(int epoll);
void timer_at(int timer, uint64_t when);
/* Reads what there is; -1 when the peer is gone, 0 when there is nothing now. */
long receive(int fd, struct bytes *b);
/* Sends what it can; -1 when the peer is gone. */
int send_some(int fd, struct bytes *b);

int run_service(const struct options *o);
int run_streams(const struct options *o);
int run_connections(const struct options *o);
int run_hold(const struct options *o);
int run_poll(const struct options *o);

#endif

/*
 * Opens `total` WebSockets from many addresses, `parallel` at once, then keeps them: each sends a
 * frame every `period_us`, for `seconds`. A frame that has not come back is lost, and so is a
 * WebSocket that ends.
 */
#include "load.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

struct held {
    int fd;
    enum { NEW, OPENING, OPEN, FAILED, LOST } state;
    uint64_t since;
    struct bytes in, out;
};

static struct held *all;
static long opened, failed, opening, lost;
static uint64_t sent, back, slowest_failure;

static void end_of(struct held *h)
{
    if (h->state == OPENING) {
        uint64_t took = now_ns() - h->since;
        slowest_failure = took > slowest_failure ? took : slowest_failure;
        failed++;
        opening--;
    } else {
        lost++;
    }
    h->state = h->state == OPENING ? FAILED : LOST;
    close(h->fd);
    bytes_free(&h->in);
    bytes_free(&h->out);
}

static void hear(int epoll, struct held *h)
{
    if (receive(h->fd, &h->in) < 0 || send_some(h->fd, &h->out) < 0) {
        end_of(h);
        return;
    }
    size_t head, length;
    if (h->state == OPENING && (head = head_length(&h->in))) {
        if (strncmp((char *)h->in.data + 8, " 101 ", 5)) {
            end_of(h);
            return;
        }
        bytes_drop(&h->in, head);
        h->state = OPEN;
        opened++;
        opening--;
    }
    struct frame frame;
    while (h->state == OPEN && (length = frame_parse(h->in.data, h->in.size, &frame))) {
        back += frame.opcode == FRAME_BINARY;
        bytes_drop(&h->in, length);
    }
    if (!h->in.size)
        bytes_free(&h->in);
    if (!h->out.size)
        bytes_free(&h->out);
    watch(epoll, h->fd, EPOLLIN | (h->out.size ? EPOLLOUT : 0), h, false);
}

static void start(int epoll, unsigned number, const struct options *o)
{
    struct held *h = &all[number];
    h->since = now_ns();
    h->state = OPENING;
    opening++;
    if ((h->fd = dial(o, number)) < 0) {
        end_of(h);
        return;
    }
    upgrade_append(&h->out, o);
    watch(epoll, h->fd, EPOLLIN | EPOLLOUT, h, true);
}

static void speak(int epoll, struct held *h, const struct options *o, const uint8_t *payload)
{
    if (h->state != OPEN)
        return;
    frame_append(&h->out, FRAME_BINARY, payload, (size_t)o->bytes, true);
    sent++;
    hear(epoll, h);
}

static void turn(int epoll, int wait_ms)
{
    struct epoll_event events[256];
    int count = epoll_wait(epoll, events, 256, wait_ms);
    for (int i = 0; i < count; i++) {
        struct held *h = events[i].data.ptr;
        if (h->state == OPENING || h->state == OPEN)
            hear(epoll, h);
    }
}

static double open_all(int epoll, const struct options *o)
{
    uint64_t begin = now_ns(), patience = (uint64_t)(o->timeout * 1e9);
    for (unsigned next = 0, oldest = 0; opened + failed < o->total;) {
        while (next < (unsigned)o->total && opening < o->parallel)
            start(epoll, next++, o);
        turn(epoll, 50);
        for (; oldest < next && all[oldest].state != OPENING; oldest++)
            ;
        for (unsigned i = oldest; i < next && now_ns() - all[i].since > patience; i++)
            if (all[i].state == OPENING)
                end_of(&all[i]);
    }
    return (double)(now_ns() - begin) / 1e9;
}

int run_hold(const struct options *o)
{
    int epoll = watch_new();
    uint8_t *payload = calloc(1, (size_t)o->bytes);
    all = calloc((size_t)o->total, sizeof *all);
    if (!all || !payload)
        fail("calloc");
    double open_seconds = open_all(epoll, o);
    uint64_t begin = now_ns(), end = begin + (uint64_t)(o->seconds * 1e9), now;
    uint64_t step = (uint64_t)o->period_us * 1000 / (uint64_t)o->total, count = 0;
    printf("%ld %.3f\n", opened, open_seconds); /* whoever weighs the hosts does it from now on */
    fflush(stdout);
    while ((now = now_ns()) < end) {
        for (; begin + count * step <= now; count++)
            speak(epoll, &all[count % (uint64_t)o->total], o, payload);
        turn(epoll, 5);
    }
    for (end = now + (uint64_t)(o->grace * 1e9); now_ns() < end && back < sent;)
        turn(epoll, 20);
    printf("{\"opened\": %ld, \"failed\": %ld, \"lost\": %ld, \"sent\": %" PRIu64
           ", \"back\": %" PRIu64 ", \"open_seconds\": %.3f, \"slowest_failure_s\": %.3f"
           ", \"cpu_seconds\": %.4f}\n",
           opened, failed, lost, sent, back, open_seconds, (double)slowest_failure / 1e9,
           cpu_seconds());
    return 0;
}

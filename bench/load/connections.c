/* Opens WebSockets in `parallel` places at once: a frame and its echo, close, the next one. */
#include "load.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

struct place {
    int fd;
    bool open;
    uint64_t since;
    struct bytes in, out;
};

static uint64_t done, failed, slowest;
static unsigned number;

static void begin(int epoll, struct place *p, const struct options *o)
{
    bytes_free(&p->in);
    bytes_free(&p->out);
    p->open = false;
    p->since = now_ns();
    while ((p->fd = dial(o, number++)) < 0)
        failed++;
    upgrade_append(&p->out, o);
    watch(epoll, p->fd, EPOLLIN | EPOLLOUT, p, true);
}

/* Returns 1 when this one is done, -1 when it failed, 0 when it goes on. */
static int go_on(int epoll, struct place *p, const struct options *o, const uint8_t *payload)
{
    if (receive(p->fd, &p->in) < 0)
        return -1;
    if (!p->open) {
        size_t head = head_length(&p->in);
        if (head) {
            if (strncmp((char *)p->in.data + 8, " 101 ", 5))
                return -1;
            bytes_drop(&p->in, head);
            frame_append(&p->out, FRAME_BINARY, payload, (size_t)o->bytes, true);
            p->open = true;
        }
    } else {
        struct frame frame;
        if (frame_parse(p->in.data, p->in.size, &frame))
            return frame.opcode == FRAME_BINARY ? 1 : -1;
    }
    if (send_some(p->fd, &p->out) < 0)
        return -1;
    watch(epoll, p->fd, EPOLLIN | (p->out.size ? EPOLLOUT : 0), p, false);
    return 0;
}

int run_connections(const struct options *o)
{
    int epoll = watch_new();
    uint8_t *payload = calloc(1, (size_t)o->bytes);
    struct place *places = calloc((size_t)o->parallel, sizeof *places);
    if (!places || !payload)
        fail("calloc");
    for (long i = 0; i < o->parallel; i++)
        begin(epoll, &places[i], o);
    uint64_t from = now_ns() + (uint64_t)(o->warmup * 1e9);
    uint64_t until = from + (uint64_t)(o->seconds * 1e9), now;
    while ((now = now_ns()) < until) {
        struct epoll_event events[64];
        int count = epoll_wait(epoll, events, 64, 100);
        for (int i = 0; i < count; i++) {
            struct place *p = events[i].data.ptr;
            int result = go_on(epoll, p, o, payload);
            if (!result)
                continue;
            uint64_t took = now_ns() - p->since;
            if (now >= from) {
                done += result > 0;
                failed += result < 0;
                slowest = took > slowest ? took : slowest;
            }
            close(p->fd);
            begin(epoll, p, o);
        }
    }
    printf("{\"done\": %" PRIu64 ", \"failed\": %" PRIu64
           ", \"slowest_ms\": %.1f, \"seconds\": %.3f, \"cpu_seconds\": %.4f}\n",
           done, failed, (double)slowest / 1e6, o->seconds, cpu_seconds());
    return 0;
}

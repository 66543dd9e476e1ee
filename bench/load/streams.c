/*
 * Speaks on WebSockets, each a frame every 20 ms, and downloads beside them.
 *
 * A frame carries the time it was made; what comes back is timed when it is read. A stream whose
 * socket is full goes on making frames, and their waiting counts. Lines: STREAM MADE_NS TAKEN_US.
 */
#include "load.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

struct caller {
    int fd;
    bool download, open, gone;
    unsigned number;
    uint32_t watched;
    uint64_t bytes; /* of a download, while it is measured */
    struct bytes in, out;
};

struct mark { /* at the front of each payload */
    uint64_t made;
    uint32_t number;
};

static uint64_t begin, from, until, end; /* ns: first frame, measured part, last answer */
static uint64_t sent, back, lost_streams;
static struct bytes report;

static void note(const struct frame *frame, uint64_t now)
{
    struct mark mark;
    if (frame->opcode != FRAME_BINARY || frame->size < sizeof mark)
        return;
    memcpy(&mark, frame->payload, sizeof mark);
    if (mark.made < from || mark.made >= until)
        return;
    char line[64];
    int length = snprintf(line, sizeof line, "%" PRIu32 " %" PRIu64 " %" PRIu64 "\n", mark.number,
                          mark.made, (now - mark.made) / 1000);
    bytes_append(&report, line, (size_t)length);
    back++;
}

static void leave(struct caller *c)
{
    if (!c->gone) {
        close(c->fd);
        c->gone = true;
        lost_streams++;
    }
}

static bool read_head(struct caller *c)
{
    size_t head = head_length(&c->in);
    if (!head)
        return false;
    const char *wanted = c->download ? " 200 " : " 101 ";
    if (strncmp((char *)c->in.data + 8, wanted, 5))
        leave(c);
    bytes_drop(&c->in, head);
    c->open = true;
    return !c->gone;
}

static void hear(struct caller *c)
{
    bool drain = c->download && c->open;
    long got = receive(c->fd, drain ? NULL : &c->in);
    uint64_t now = now_ns();
    if (got < 0) {
        leave(c);
        return;
    }
    if (drain && now >= from && now < until)
        c->bytes += (uint64_t)got;
    if (!c->open && !read_head(c))
        return;
    size_t used = 0, length;
    struct frame frame;
    while (!c->download && (length = frame_parse(c->in.data + used, c->in.size - used, &frame))) {
        if (frame.opcode == FRAME_CLOSE) {
            leave(c);
            return;
        }
        note(&frame, now);
        used += length;
    }
    if (c->download)
        used = c->in.size;
    if (used)
        bytes_drop(&c->in, used);
}

static void flush_out(int epoll, struct caller *c)
{
    if (c->gone)
        return;
    if (send_some(c->fd, &c->out) < 0) {
        leave(c);
        return;
    }
    uint32_t wanted = EPOLLIN | (c->out.size ? EPOLLOUT : 0);
    if (wanted != c->watched)
        watch(epoll, c->fd, c->watched = wanted, c, false);
}

static void speak(int epoll, struct caller *c, const struct options *o, uint8_t *payload)
{
    struct mark mark = {.made = now_ns(), .number = c->number};
    if (mark.made >= from && mark.made < until)
        sent++;
    if (c->gone || !c->open)
        return;
    memcpy(payload, &mark, sizeof mark);
    frame_append(&c->out, FRAME_BINARY, payload, (size_t)o->bytes, true);
    flush_out(epoll, c);
}

static struct caller *call(const struct options *o, int epoll)
{
    unsigned count = (unsigned)(o->streams + o->downloads);
    struct caller *callers = calloc(count, sizeof *callers);
    if (!callers)
        fail("calloc");
    for (unsigned i = 0; i < count; i++) {
        struct caller *c = &callers[i];
        c->number = i;
        c->download = i >= (unsigned)o->streams;
        if ((c->fd = dial(o, i)) < 0)
            fail("connect");
        if (c->download)
            get_append(&c->out, o, "/bulk", false);
        else
            upgrade_append(&c->out, o);
        watch(epoll, c->fd, c->watched = EPOLLIN | EPOLLOUT, c, true);
    }
    return callers;
}

static void summary(const struct options *o, const struct caller *callers)
{
    uint64_t bytes = 0;
    unsigned alive = 0;
    for (unsigned i = 0; i < (unsigned)(o->streams + o->downloads); i++) {
        bytes += callers[i].bytes;
        alive += callers[i].open && !callers[i].gone;
    }
    fwrite(report.data, 1, report.size, stdout);
    printf("{\"sent\": %" PRIu64 ", \"back\": %" PRIu64 ", \"alive\": %u, \"bytes\": %" PRIu64
           ", \"seconds\": %.3f, \"cpu_seconds\": %.4f}\n",
           sent, back, alive, bytes, o->seconds, cpu_seconds());
}

int run_streams(const struct options *o)
{
    int epoll = watch_new(), timer = timer_new(epoll);
    uint8_t *payload = calloc(1, (size_t)o->bytes + sizeof(struct mark));
    struct caller *callers = call(o, epoll);
    begin = now_ns() + SECOND / 2; /* by then all are open */
    from = begin + (uint64_t)(o->warmup * 1e9);
    until = from + (uint64_t)(o->seconds * 1e9);
    end = until + (uint64_t)(o->grace * 1e9);
    uint64_t step = o->streams ? (uint64_t)o->period_us * 1000 / (uint64_t)o->streams : 0, turn = 0;
    for (uint64_t now; (now = now_ns()) < end && (now < until || back < sent || !o->streams);) {
        uint64_t due = step && now < until ? begin + turn * step : now + SECOND / 20;
        for (; step && due <= now && now < until; due = begin + ++turn * step)
            speak(epoll, &callers[turn % (uint64_t)o->streams], o, payload);
        timer_at(timer, due < end ? due : end);
        struct epoll_event events[64];
        int count = epoll_wait(epoll, events, 64, 1000);
        for (int i = 0; i < count; i++) {
            struct caller *c = events[i].data.ptr;
            uint64_t expired;
            if (!c) {
                if (read(timer, &expired, sizeof expired) < 0)
                    continue;
            } else if (!c->gone) {
                if (events[i].events & ~(uint32_t)EPOLLOUT)
                    hear(c);
                flush_out(epoll, c);
            }
        }
    }
    summary(o, callers);
    return 0;
}

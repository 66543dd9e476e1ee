/*
 * One emulated line between two TUN devices in two network namespaces.
 *
 *   link CONTROL NETNS_A DEVICE_A NETNS_B DEVICE_B
 *
 * Direction 0 carries what enters at A and leaves at B, direction 1 the reverse. A packet is
 * dropped when the line is down, by chance (loss), or when the queue is full (tail drop); then it
 * waits in the queue for its turn at the line's rate, then travels for delay +- jitter. Packets
 * never overtake each other.
 *
 * CONTROL is a SOCK_SEQPACKET socket. One packet is one request, answered by one packet:
 *   set DIR DELAY_US JITTER_US LOSS_PPM RATE_BPS QUEUE_PACKETS QUEUE_BYTES DOWN -> ok
 *   get -> DIR SENT LOST OVERFLOWED DOWNED QUEUED, one line for each direction
 * Rate and queue limits of 0 mean none (the ring's capacity still bounds the queue).
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define CAPACITY 65536u /* packets a direction holds, queued and under way; a power of two */
#define MTU_MAX 2048
#define BATCH 64 /* packets read from one device before the other gets a turn */
#define SECOND 1000000000ull

struct packet {
    uint8_t *data;
    uint32_t size;
    uint64_t deliver; /* ns; set when it leaves the queue */
};

/* [head, mid) is under way, [mid, tail) waits in the queue; the indices only grow. */
struct direction {
    int in, out;
    uint64_t delay, jitter; /* ns */
    uint32_t loss;          /* of 1,000,000 */
    uint64_t rate;          /* bit/s; 0 = as fast as it comes */
    uint32_t limit_packets;
    uint64_t limit_bytes;
    bool down;
    uint32_t head, mid, tail;
    uint64_t queued_bytes;
    uint64_t line_free; /* ns: when the last packet's last bit was on the line */
    uint64_t last_deliver;
    uint64_t sent, lost, overflowed, downed;
    struct packet ring[CAPACITY];
};

static struct direction directions[2];
static uint64_t random_state;

static void fail(const char *what)
{
    fprintf(stderr, "link: %s: %s\n", what, strerror(errno));
    exit(1);
}

static uint64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * SECOND + (uint64_t)t.tv_nsec;
}

/* xorshift64*: losses need to be independent, not secret. */
static uint64_t random_u64(void)
{
    random_state ^= random_state >> 12;
    random_state ^= random_state << 25;
    random_state ^= random_state >> 27;
    return random_state * 0x2545F4914F6CDD1Dull;
}

static struct packet *slot(struct direction *d, uint32_t index)
{
    return &d->ring[index & (CAPACITY - 1)];
}

static void flush(struct direction *d)
{
    for (; d->head != d->tail; d->head++) {
        free(slot(d, d->head)->data);
        d->downed++;
    }
    d->mid = d->tail;
    d->queued_bytes = 0;
}

static void leave_queue(struct direction *d, uint64_t when)
{
    struct packet *p = slot(d, d->mid);
    uint64_t travel = d->delay;
    if (d->jitter) {
        uint64_t spread = random_u64() % (2 * d->jitter + 1);
        travel = travel + spread > d->jitter ? travel + spread - d->jitter : 0;
    }
    p->deliver = when + travel;
    if (p->deliver < d->last_deliver)
        p->deliver = d->last_deliver;
    d->last_deliver = p->deliver;
    d->queued_bytes -= p->size;
    d->mid++;
}

static uint64_t finish_of(const struct direction *d, uint32_t size)
{
    return d->line_free + (uint64_t)size * 8 * SECOND / d->rate;
}

/* Moves everything that is due by now; returns when the next packet is due, 0 for never. */
static uint64_t advance(struct direction *d, uint64_t now)
{
    uint64_t next = 0;
    while (d->mid != d->tail) {
        if (!d->rate) {
            leave_queue(d, now);
            continue;
        }
        uint64_t finish = finish_of(d, slot(d, d->mid)->size);
        if (finish > now) {
            next = finish;
            break;
        }
        d->line_free = finish;
        leave_queue(d, finish);
    }
    while (d->head != d->mid) {
        struct packet *p = slot(d, d->head);
        if (p->deliver > now) {
            if (!next || p->deliver < next)
                next = p->deliver;
            break;
        }
        /* A device that is not up refuses the packet, as a pulled cable would. */
        if (write(d->out, p->data, p->size) == (ssize_t)p->size)
            d->sent++;
        free(p->data);
        d->head++;
    }
    return next;
}

static void take(struct direction *d, const uint8_t *data, uint32_t size, uint64_t now)
{
    if (d->down) {
        d->downed++;
        return;
    }
    if (d->loss && random_u64() % 1000000 < d->loss) {
        d->lost++;
        return;
    }
    uint32_t queued = d->tail - d->mid;
    if (d->tail - d->head == CAPACITY || (d->limit_packets && queued >= d->limit_packets) ||
        (d->limit_bytes && d->queued_bytes + size > d->limit_bytes)) {
        d->overflowed++;
        return;
    }
    struct packet *p = slot(d, d->tail);
    p->data = malloc(size);
    if (!p->data)
        fail("malloc");
    memcpy(p->data, data, size);
    p->size = size;
    if (d->mid == d->tail && d->line_free < now)
        d->line_free = now; /* the line was idle: this packet starts at once */
    d->queued_bytes += size;
    d->tail++;
}

static void receive(struct direction *d)
{
    static uint8_t buffer[MTU_MAX];
    uint64_t now = now_ns();
    for (int i = 0; i < BATCH; i++) {
        ssize_t size = read(d->in, buffer, sizeof buffer);
        if (size <= 0) {
            if (size < 0 && errno == EBADFD)
                fail("a TUN device is gone");
            break;
        }
        take(d, buffer, (uint32_t)size, now);
    }
}

static int answer_set(const char *request)
{
    unsigned dir, loss, packets, down;
    unsigned long long delay, jitter, rate, bytes;
    if (sscanf(request, "set %u %llu %llu %u %llu %u %llu %u", &dir, &delay, &jitter, &loss, &rate,
               &packets, &bytes, &down) != 8 ||
        dir > 1)
        return -1;
    struct direction *d = &directions[dir];
    uint64_t now = now_ns();
    advance(d, now);
    d->delay = delay * 1000;
    d->jitter = jitter * 1000;
    d->loss = loss;
    d->rate = rate;
    d->limit_packets = packets;
    d->limit_bytes = bytes;
    d->down = down != 0;
    d->line_free = now;
    if (d->down)
        flush(d);
    return 0;
}

static void serve(int listener)
{
    int peer = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    if (peer < 0)
        return;
    /* The caller is the lab itself; should it hang, the line must not. */
    struct timeval patience = {.tv_usec = 100000};
    setsockopt(peer, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    char request[256], reply[512] = "error: unknown request";
    ssize_t size = recv(peer, request, sizeof request - 1, 0);
    if (size > 0) {
        request[size] = 0;
        if (!strcmp(request, "get")) {
            int used = 0;
            for (int i = 0; i < 2; i++) {
                struct direction *d = &directions[i];
                used += snprintf(reply + used, sizeof reply - (size_t)used,
                                 "%d %llu %llu %llu %llu %u\n", i, (unsigned long long)d->sent,
                                 (unsigned long long)d->lost, (unsigned long long)d->overflowed,
                                 (unsigned long long)d->downed, d->tail - d->mid);
            }
        } else if (!answer_set(request)) {
            strcpy(reply, "ok");
        }
        (void)!send(peer, reply, strlen(reply), MSG_NOSIGNAL);
    }
    close(peer);
}

static int open_tun(const char *netns, const char *device)
{
    int ns = open(netns, O_RDONLY | O_CLOEXEC);
    if (ns < 0 || setns(ns, CLONE_NEWNET) < 0)
        fail(netns);
    close(ns);
    int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        fail("/dev/net/tun");
    struct ifreq request = {.ifr_flags = IFF_TUN | IFF_NO_PI};
    strncpy(request.ifr_name, device, IFNAMSIZ - 1);
    if (ioctl(fd, TUNSETIFF, &request) < 0)
        fail(device);
    return fd;
}

static int listen_at(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof address.sun_path) {
        errno = ENAMETOOLONG;
        fail(path);
    }
    strcpy(address.sun_path, path);
    unlink(path);
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof address) < 0 || listen(fd, 8) < 0)
        fail(path);
    return fd;
}

static void watch(int epoll, int fd, uint32_t tag)
{
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = tag};
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) < 0)
        fail("epoll");
}

static void set_alarm(int timer, uint64_t when)
{
    struct itimerspec alarm = {0}; /* zero: no alarm */
    alarm.it_value.tv_sec = (time_t)(when / SECOND);
    alarm.it_value.tv_nsec = (long)(when % SECOND);
    if (timerfd_settime(timer, TFD_TIMER_ABSTIME, &alarm, NULL) < 0)
        fail("timer");
}

int main(int argc, char **argv)
{
    if (argc != 6) {
        fprintf(stderr, "usage: link CONTROL NETNS_A DEVICE_A NETNS_B DEVICE_B\n");
        return 2;
    }
    int control = listen_at(argv[1]);
    int a = open_tun(argv[2], argv[3]);
    int b = open_tun(argv[4], argv[5]);
    directions[0].in = directions[1].out = a;
    directions[0].out = directions[1].in = b;
    if (getrandom(&random_state, sizeof random_state, 0) != sizeof random_state)
        fail("getrandom");
    random_state |= 1;               /* xorshift must not start at zero */
    prctl(PR_SET_TIMERSLACK, 1000ul); /* ns; the default of 50 us would show in the delay */

    int timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    if (timer < 0 || epoll < 0)
        fail("timer, epoll");
    enum { FROM_A, FROM_B, TIMER, CONTROL };
    watch(epoll, a, FROM_A);
    watch(epoll, b, FROM_B);
    watch(epoll, timer, TIMER);
    watch(epoll, control, CONTROL);

    uint64_t armed = 0;
    for (;;) {
        struct epoll_event events[4];
        int count = epoll_wait(epoll, events, 4, -1);
        if (count < 0 && errno != EINTR)
            fail("epoll_wait");
        for (int i = 0; i < count; i++) {
            uint64_t expirations;
            switch (events[i].data.u32) {
            case TIMER:
                (void)!read(timer, &expirations, sizeof expirations);
                armed = 0;
                break;
            case CONTROL:
                serve(control);
                break;
            default:
                receive(&directions[events[i].data.u32]);
            }
        }
        uint64_t now = now_ns();
        uint64_t next = advance(&directions[0], now);
        uint64_t other = advance(&directions[1], now);
        if (other && (!next || other < next))
            next = other;
        if (next != armed)
            set_alarm(timer, next);
        armed = next;
    }
}

/*
 * measure.c - take samples in turns and summarise them.
 * It must never omit a sample: the worst one is part of the figure.
 */
#include <config.h>

#include "tests/bench/bench.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tests/bench/syncs.h"
#include "tests/support/pam_fixture.h"

struct series {
    const char *name;
    double *values;
    size_t count;
    double median, min, max;
};

struct section {
    const char *group;
    char *title;
    enum unit unit;
    struct series series[CONTENDERS_MAX];
    size_t count;
};

struct bench bench;

static struct section *sections;
static size_t section_count;

uint64_t nanoseconds(void) {
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

const char *grouped(size_t number) {
    static char texts[4][32];
    static size_t next;
    char *text = texts[next++ % 4] + sizeof(texts[0]) - 1;

    for (int digits = 0; digits == 0 || number > 0; digits++) {
        if (digits > 0 && digits % 3 == 0)
            *--text = ',';
        *--text = (char)('0' + number % 10);
        number /= 10;
    }
    return text;
}

static const char *unit_name(enum unit unit) {
    switch (unit) {
    case NANOSECONDS:
        return "ns";
    case BYTES:
        return "bytes";
    case CALLS:
        return "calls";
    case PER_SECOND:
        return "1/s";
    }
    return "?";
}

/* Three significant digits and the unit. */
static const char *readable(double value, enum unit unit, char text[32]) {
    static const char *const times[] = {"ns", "us", "ms", "s"};
    size_t power = 0;

    if (unit != NANOSECONDS) {
        snprintf(text, 32, "%s", grouped((size_t)(value + 0.5)));
        return text;
    }
    while (value >= 999.5 && power < 3) {
        value /= 1000;
        power++;
    }
    snprintf(text, 32, "%.*f %s",
             value < 9.995   ? 2
             : value < 99.95 ? 1
                             : 0,
             value, times[power]);
    return text;
}

static int compare_values(const void *a, const void *b) {
    const double *left = a, *right = b;

    return (*left > *right) - (*left < *right);
}

static void summarise(struct series *series) {
    size_t half = series->count / 2;

    qsort(series->values, series->count, sizeof(*series->values),
          compare_values);
    series->min = series->values[0];
    series->max = series->values[series->count - 1];
    series->median = series->values[half];
    if (series->count % 2 == 0)
        series->median = (series->median + series->values[half - 1]) / 2;
    free(series->values);
    series->values = NULL;
}

/* The median of the first contender divided by the median of this one. */
static double ratio(const struct section *section, size_t i) {
    double median = section->series[i].median;

    return median > 0 ? section->series[0].median / median : 0;
}

static void print_ratio(double number) {
    printf(" %5.*f", number < 0.0995 ? 3 : number < 9.995 ? 2 : 0, number);
}

/* The table fits into 79 columns. */
static void print_section(const struct section *section) {
    char median[32], min[32], max[32];

    printf("\n%s, %s\n", section->title,
           section->unit == NANOSECONDS ? "time" : unit_name(section->unit));
    printf("  %-42s %9s %9s %9s %5s\n", "", "median", "min", "max", "ratio");
    for (size_t i = 0; i < section->count; i++) {
        const struct series *series = &section->series[i];

        printf("  %-42s %9s %9s %9s", series->name,
               readable(series->median, section->unit, median),
               readable(series->min, section->unit, min),
               readable(series->max, section->unit, max));
        if (i > 0)
            print_ratio(ratio(section, i));
        putchar('\n');
    }
    fflush(stdout);
}

static struct section *new_section(const char *title, enum unit unit) {
    struct section *section;

    sections = realloc(sections, (section_count + 1) * sizeof(*sections));
    if (sections == NULL)
        fail_hard("no memory");
    section = &sections[section_count++];
    *section = (struct section){
        .group = bench.group, .title = strdup(title), .unit = unit};
    return section;
}

static void add_sample(struct series *series, double value) {
    /* Doubled whenever it is full. */
    if ((series->count & (series->count - 1)) == 0) {
        size_t room = series->count == 0 ? 1 : series->count * 2;

        series->values = realloc(series->values, room * sizeof(double));
        if (series->values == NULL)
            fail_hard("no memory");
    }
    series->values[series->count++] = value;
}

/* The contender whose answer is awaited, by this process; or NULL. */
static struct {
    const char *title, *name;
    pid_t process;
} awaited;

/* Runs at exit: a contender did not answer, or its answer was wrong. */
static void name_awaited(void) {
    if (awaited.name != NULL && awaited.process == getpid())
        fprintf(stderr, "bench: no right answer from \"%s\" in \"%s\"\n",
                awaited.name, awaited.title);
}

static double take_sample(const struct section *section,
                          const struct contender *contender) {
    double value;

    awaited.title = section->title;
    awaited.name = contender->name;
    value = contender->sample(contender->argument);
    awaited.name = NULL;
    return value;
}

static void take_turns(const struct contender *contenders, unsigned int rounds,
                       struct section *section) {
    for (unsigned int round = 0; round < rounds; round++) {
        for (size_t i = 0; i < section->count; i++) {
            const struct contender *contender = &contenders[i];

            if (contender->every > 1 && round % contender->every != 0)
                continue;
            for (unsigned int j = 0; j == 0 || j < contender->burst; j++)
                add_sample(&section->series[i],
                           take_sample(section, contender));
        }
    }
}

void measure(const char *title, enum unit unit,
             const struct contender *contenders, size_t count,
             unsigned int rounds) {
    struct section *section = new_section(title, unit);

    if (awaited.process == 0 && atexit(name_awaited) != 0)
        fail_hard("no memory");
    awaited.process = getpid();
    if (bench.quick && rounds > 2)
        rounds = 2;
    /* The first sample fills caches: take it without counting it. */
    if (rounds > 5)
        for (size_t i = 0; i < count; i++)
            take_sample(section, &contenders[i]);
    section->count = count;
    for (size_t i = 0; i < count; i++)
        section->series[i].name = contenders[i].name;
    take_turns(contenders, rounds, section);
    for (size_t i = 0; i < count; i++)
        summarise(&section->series[i]);
    print_section(section);
}

static double sample_syncs(void *argument) {
    const struct contender *contender = argument;
    unsigned int before = atomic_load(syncs);

    contender->sample(contender->argument);
    return atomic_load(syncs) - before;
}

void measure_syncs(const char *title, const struct contender *contenders,
                   size_t count) {
    struct contender counting[CONTENDERS_MAX];

    for (size_t i = 0; i < count; i++)
        counting[i] =
            (struct contender){.name = contenders[i].name,
                               .sample = sample_syncs,
                               .argument = (void *)(uintptr_t)&contenders[i]};
    measure(title, CALLS, counting, count, 5);
}

/* Whether an earlier series of the group has the same name. */
static bool is_known(size_t section_index, size_t series_index) {
    const struct section *section = &sections[section_index];

    for (size_t i = 0; i <= section_index; i++) {
        const size_t count =
            i < section_index ? sections[i].count : series_index;

        for (size_t j = 0; j < count; j++)
            if (strcmp(sections[i].group, section->group) == 0 &&
                strcmp(sections[i].series[j].name,
                       section->series[series_index].name) == 0)
                return true;
    }
    return false;
}

void print_answered(void) {
    size_t contenders = 0;

    for (size_t i = 0; i < section_count; i++)
        for (size_t j = 0; j < sections[i].count; j++)
            if (!is_known(i, j))
                contenders++;
    printf("\n%zu contenders answered, in %zu sections\n", contenders,
           section_count);
    fflush(stdout);
}

static void put_rounded(struct json_writer *json, const char *key,
                        double value) {
    json_put_key(json, key);
    json_put_number(json, (uint64_t)llround(value));
}

void put_sections(struct json_writer *json) {
    json_put_key(json, "sections");
    json_begin_array(json);
    for (size_t i = 0; i < section_count; i++) {
        const struct section *section = &sections[i];

        json_begin_object(json);
        json_put_key(json, "group");
        json_put_string(json, section->group);
        json_put_key(json, "title");
        json_put_string(json, section->title);
        json_put_key(json, "unit");
        json_put_string(json, unit_name(section->unit));
        json_put_key(json, "series");
        json_begin_array(json);
        for (size_t j = 0; j < section->count; j++) {
            json_begin_object(json);
            json_put_key(json, "name");
            json_put_string(json, section->series[j].name);
            put_rounded(json, "median", section->series[j].median);
            put_rounded(json, "min", section->series[j].min);
            put_rounded(json, "max", section->series[j].max);
            put_rounded(json, "samples", (double)section->series[j].count);
            put_rounded(json, "ratio_percent", 100 * ratio(section, j));
            json_end_object(json);
        }
        json_end_array(json);
        json_end_object(json);
    }
    json_end_array(json);
}

using System.Globalization;
using Siro.Gateway.Common;
using Siro.Gateway.Store;
using StackExchange.Redis;

namespace Siro.Gateway.Jobs;

/// <summary>
/// Between the engine's types and its scripts' arguments and answers. Times cross as milliseconds: waits forth, moments of the store's
/// clock back.
/// </summary>
internal static class JobCodec
{
    /// <summary>The engine's own fields start with this; the feature's with <c>f:</c>.</summary>
    private const string FieldPrefix = "f:";

    /// <summary>As in <c>Jobs/Scripts/shared.lua</c>: positions follow the store's clock.</summary>
    private const int PositionsInMillisecond = 2048;

    public static long Milliseconds(TimeSpan time) => Math.Max(0, (long)Math.Ceiling(time.TotalMilliseconds));

    public static void RequireLease(TimeSpan lease)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(lease, TimeSpan.FromSeconds(1));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(lease, TimeSpan.FromMinutes(10));
    }

    /// <summary>A rate as "at most n in any window": whole numbers for the script.</summary>
    public static (long WindowMs, long PerWindow) Rate(JobLimits limits)
    {
        if (limits.RatePerSecond is not { } rate)
        {
            return (0, 0);
        }

        rate = Math.Clamp(rate, 0.001, 1000);
        var perWindow = (long)Math.Max(1, Math.Floor(rate));
        return ((long)Math.Ceiling(1000 * perWindow / rate), perWindow);
    }

    public static RedisValue[] Spec(JobSpec spec, OperationId operation)
    {
        if (spec.Id.Value.Length is 0 or > 200 || spec.Id.Value.Any(char.IsControl) || spec.State.Length is 0 or > 64)
        {
            throw new ArgumentException("A job's id is 1 to 200 characters without control characters, its state 1 to 64.", nameof(spec));
        }

        // Whoever runs the job later goes on in the trace of whoever stored it.
        var fields = GatewayActivities.Current is { } trace && !spec.Fields.ContainsKey(GatewayActivities.TraceField)
            ? spec.Fields.Append(new(GatewayActivities.TraceField, trace)).ToArray()
            : (IReadOnlyCollection<KeyValuePair<string, string>>)spec.Fields;
        return
        [
            operation.Value, spec.State, Milliseconds(spec.Delay), spec.Client ?? "", spec.Lane ?? "", Milliseconds(spec.KeepFor),
            Milliseconds(spec.RememberFor),
            spec.Body is null ? 0 : 1, spec.Body is { } body ? body : RedisValue.EmptyString,
            fields.Count, .. fields.SelectMany(f => new RedisValue[] { FieldPrefix + f.Key, f.Value }),
        ];
    }

    /// <summary>A job that has neither body, delay nor client.</summary>
    public static RedisValue[] Small(JobSpec spec)
    {
        if (spec.Id.Value.Length is 0 or > 200 || spec.State.Length is 0 or > 64 || spec.Body is not null || spec.Client is not null
            || spec.Delay > TimeSpan.Zero)
        {
            throw new ArgumentException(
                "A job's id is 1 to 200 characters, its state 1 to 64; one of several has no body, client or delay.", nameof(spec));
        }

        return
        [
            spec.Id.Value, spec.State, spec.Lane ?? "", Milliseconds(spec.KeepFor), Milliseconds(spec.RememberFor),
            spec.Fields.Count, .. spec.Fields.SelectMany(f => new RedisValue[] { FieldPrefix + f.Key, f.Value }),
        ];
    }

    /// <summary>Who takes some of the jobs at once, and under what limits; nobody where there is no room.</summary>
    public static RedisValue[] Room(JobRoom? room) =>
        room is null ? ["", 0, 0, -1, 0] : [room.Owner.Value, Milliseconds(room.Lease), room.Most, room.Concurrency ?? -1, room.Held];

    /// <summary>A job that is made again: its id, how long it is kept, and its fields.</summary>
    public static RedisValue[] Again(JobSpec spec) =>
        [spec.Id.Value, Milliseconds(spec.KeepFor), Milliseconds(spec.RememberFor), .. Pairs(spec.Fields)];

    /// <summary>Count of fields, their pairs.</summary>
    public static RedisValue[] Pairs(IReadOnlyDictionary<string, string> fields) =>
        [fields.Count, .. fields.SelectMany(f => new RedisValue[] { FieldPrefix + f.Key, f.Value })];

    /// <summary>Count of fields to set, their pairs, count of fields to remove, their names.</summary>
    public static RedisValue[] Changes(IReadOnlyDictionary<string, string?>? fields)
    {
        fields ??= new Dictionary<string, string?>(StringComparer.Ordinal);
        var set = fields.Where(f => f.Value is not null).ToArray();
        var removed = fields.Where(f => f.Value is null).ToArray();
        return
        [
            set.Length, .. set.SelectMany(f => new RedisValue[] { FieldPrefix + f.Key, f.Value }),
            removed.Length, .. removed.Select(f => (RedisValue)(FieldPrefix + f.Key)),
        ];
    }

    public static RedisValue[] Query(JobQuery query) =>
    [
        query.State ?? "", query.Client ?? "", query.Cursor ?? -1, Math.Clamp(query.Limit, 1, 200), query.OldestFirst ? 1 : 0,
        query.From?.ToUnixTimeMilliseconds() ?? -1, query.Until?.ToUnixTimeMilliseconds() ?? -1,
    ];

    /// <summary>Minus one is nothing to wait for.</summary>
    public static TimeSpan? Wait(RedisResult milliseconds) =>
        (long)milliseconds is var wait && wait < 0 ? null : TimeSpan.FromMilliseconds(wait);

    public static (EnqueueStatus Status, StoredJob? Job) Enqueued(JobKind kind, string partition, RedisResult answer) =>
        ((EnqueueStatus)(int)answer[0], Stored(kind, partition, new JobId((string?)answer[1] ?? ""), answer[2]));

    public static ClaimBatch Claimed(JobQueue queue, RedisResult answer, Func<StoredJob, JobLease> lease)
    {
        var jobs = new List<JobLease>();
        for (var i = 2; i < answer.Length; i += 2)
        {
            if (Stored(queue.Kind, queue.Partition, new JobId((string?)answer[i] ?? ""), answer[i + 1]) is { } job)
            {
                jobs.Add(lease(job));
            }
        }

        return new ClaimBatch(jobs, Wait(answer[0]), Wait(answer[1]) ?? TimeSpan.Zero);
    }

    /// <summary>The jobs that an owner was given in the moment in which they were stored (enqueue-many.lua), in their order.</summary>
    public static List<StoredJob> Taken(JobKind kind, string partition, JobSpec[] specs, RedisResult answer)
    {
        var jobs = new List<StoredJob>();
        if (answer.Length <= 3)
        {
            return jobs;
        }

        var (fence, moment) = ((long)answer[1], DateTimeOffset.FromUnixTimeMilliseconds((long)answer[2]));
        for (int i = 3, next = 0; i + 1 < answer.Length; i += 2)
        {
            var id = (string)answer[i]!;
            while (specs[next].Id.Value != id)
            {
                next++;
            }

            jobs.Add(FirstRun(kind, partition, specs[next].Id, specs[next].State, fence, (long)answer[i + 1], moment, specs[next].Fields));
        }

        return jobs;
    }

    /// <summary>
    /// The jobs that an owner was given in the moment in which they were made due again (repeat-many.lua), in their order.
    /// </summary>
    public static List<StoredJob> Repeated(JobKind kind, string partition, string state, JobSpec[] specs, RedisResult answer)
    {
        var jobs = new List<StoredJob>();
        var (fence, moment) = ((long)answer[2], DateTimeOffset.FromUnixTimeMilliseconds((long)answer[3]));
        for (var i = 4; i + 3 < answer.Length; i += 4)
        {
            var id = new JobId((string)answer[i + 1]!);
            jobs.Add(Stored(kind, partition, id, answer[i + 3])
                ?? FirstRun(kind, partition, id, state, fence, (long)answer[i + 2], moment, specs[(int)answer[i] - 1].Fields));
        }

        return jobs;
    }

    /// <summary>A job that was given away in the moment in which it was stored: the script need not send back what it was sent.</summary>
    private static StoredJob FirstRun(JobKind kind, string partition, JobId id, string state, long fence, long position,
        DateTimeOffset moment, IReadOnlyDictionary<string, string> fields) => new()
    {
        Kind = kind,
        Partition = partition,
        Id = id,
        State = state,
        Phase = JobPhase.Running,
        Attempt = 1,
        Revision = 1,
        Fence = fence,
        Position = position,
        CreatedAt = moment,
        UpdatedAt = moment,
        Fields = fields,
    };

    public static JobPage Page(JobKind kind, string partition, RedisResult answer)
    {
        var jobs = new List<StoredJob>();
        for (var i = 1; i < answer.Length; i += 2)
        {
            if (Stored(kind, partition, new JobId((string?)answer[i] ?? ""), answer[i + 1]) is { } job)
            {
                jobs.Add(job);
            }
        }

        var cursor = (long)answer[0];
        return new JobPage(jobs, cursor < 0 ? null : cursor);
    }

    /// <summary>When a job with this position was created, to the millisecond.</summary>
    public static DateTimeOffset CreatedAt(long position) => DateTimeOffset.FromUnixTimeMilliseconds(position / PositionsInMillisecond);

    public static JobCounts Counts(RedisResult answer) =>
        new((long)answer[0], (long)answer[1], (long)answer[2], Wait(answer[3]) ?? TimeSpan.Zero);

    public static JobChangeResult Changed(JobKind kind, string partition, JobId id, RedisResult answer) =>
        new((JobChange)(int)answer[0], Stored(kind, partition, id, answer[1]));

    public static SweepResult Swept(RedisResult answer) => new((int)answer[0], Wait(answer[1]), (long)answer[2]);

    /// <summary>A job from its hash, a flat list of names and values; null for an empty one.</summary>
    public static StoredJob? Stored(JobKind kind, string partition, JobId id, RedisResult hash)
    {
        if (hash.IsNull || hash.Length <= 0)
        {
            return null;
        }

        var fields = new Dictionary<string, string>(StringComparer.Ordinal);
        var own = new Dictionary<string, string>(StringComparer.Ordinal);
        for (var i = 0; i + 1 < hash.Length; i += 2)
        {
            var name = (string)hash[i]!;
            var value = (string)hash[i + 1]!;
            if (name.StartsWith(FieldPrefix, StringComparison.Ordinal))
            {
                fields[name[FieldPrefix.Length..]] = value;
            }
            else
            {
                own[name] = value;
            }
        }

        var phase = own.GetValueOrDefault("phase") switch
        {
            "q" => JobPhase.Queued,
            "r" => JobPhase.Running,
            "p" => JobPhase.Parked,
            _ => JobPhase.Finished,
        };
        return new StoredJob
        {
            Kind = kind,
            Partition = partition,
            Id = id,
            State = own.GetValueOrDefault("state", ""),
            Phase = phase,
            Attempt = (int)Number(own, "attempt"),
            Revision = own.ContainsKey("rev") ? Number(own, "rev") : 1,
            Fence = Number(own, "fence"),
            Position = Number(own, "pos"),
            CreatedAt = DateTimeOffset.FromUnixTimeMilliseconds(Number(own, "created")),
            UpdatedAt = DateTimeOffset.FromUnixTimeMilliseconds(Number(own, "updated")),
            DueAt = phase is JobPhase.Queued or JobPhase.Running ? DateTimeOffset.FromUnixTimeMilliseconds(Number(own, "due")) : null,
            Client = own.GetValueOrDefault("client"),
            Lane = own.GetValueOrDefault("lane"),
            Fields = fields,
        };
    }

    private static long Number(Dictionary<string, string> own, string name) =>
        long.TryParse(own.GetValueOrDefault(name), NumberStyles.Integer, CultureInfo.InvariantCulture, out var number) ? number : 0;
}

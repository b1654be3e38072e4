using System.Globalization;
using Siro.Gateway.Common;
using Siro.Gateway.Store;
using StackExchange.Redis;

namespace Siro.Gateway.Budget;

/// <summary>The budget's scripts.</summary>
internal sealed class RedisBudgetStore(RedisStore store, Fleet fleet, Randomness randomness) : IBudgetStore
{
    private static readonly RedisScript Exchange = RedisScript.Load("Budget/Scripts/exchange", "Budget/Scripts/shared");
    private static readonly RedisScript Heartbeat = RedisScript.Load("Budget/Scripts/heartbeat", "Budget/Scripts/shared");
    private static readonly RedisScript Closing = RedisScript.Load("Budget/Scripts/close", "Budget/Scripts/shared");

    public async Task<BudgetReply> ExchangeAsync(BudgetCall call, CancellationToken cancellationToken)
    {
        var answer = await store.RunAsync(
            Exchange, ExchangeKeys(call.Token), Arguments(call, fleet, randomness.Id("be")), cancellationToken);
        return Read(answer, call);
    }

    public async Task<HeartbeatReply> HeartbeatAsync(string epoch, bool away, long beats, bool leave, CancellationToken cancellationToken)
    {
        var answer = (RedisResult[])(await store.RunAsync(
            Heartbeat,
            HeartbeatKeys,
            [fleet.Replica, leave ? 0 : fleet.TimeoutMs, epoch, randomness.Id("be"), fleet.TimeoutMs, beats, away ? 1 : 0,
                fleet.HasCompany ? 1 : 0, fleet.LongestMs, fleet.Lately],
            cancellationToken))!;
        return Read(answer);
    }

    public async Task<long> CloseAsync(string token, BudgetRule rule, TimeSpan? retryAfter, CancellationToken cancellationToken) =>
        (long)await store.RunAsync(
            Closing,
            [BudgetKeys.Closing(token), BudgetKeys.Closed],
            [
                token, randomness.Id("op"), Math.Max(250, rule.WindowMs / 60), rule.WindowMs, retryAfter is { } told
                    ? (long)Math.Ceiling(told.TotalMilliseconds)
                    : -1,
                (int)(randomness.NextDouble() * 1000), (rule.WindowMs * 3) + 60_000,
            ],
            cancellationToken);

    internal static RedisKey[] HeartbeatKeys { get; } =
        [BudgetKeys.Replicas, BudgetKeys.Epoch, BudgetKeys.Closed, BudgetKeys.Pressed, BudgetKeys.Loads];

    internal static RedisKey[] ExchangeKeys(string token) =>
    [
        BudgetKeys.Slots(token), BudgetKeys.Holders(token), BudgetKeys.Flows(token),
        BudgetKeys.Replicas, BudgetKeys.Epoch, BudgetKeys.Closed, BudgetKeys.Pressed, BudgetKeys.Loads,
    ];

    internal static RedisValue[] Arguments(BudgetCall call, Fleet fleet, string newEpoch)
    {
        var arguments = new RedisValue[20 + (4 * call.Flows.Count)];
        arguments[0] = fleet.Replica;
        arguments[1] = call.Sequence;
        arguments[2] = call.Epoch;
        arguments[3] = newEpoch;
        arguments[4] = fleet.TimeoutMs;
        arguments[5] = fleet.TimeoutMs;
        arguments[6] = call.Token;
        arguments[7] = call.Rule.Requests;
        arguments[8] = call.Rule.WindowMs;
        arguments[9] = call.Rule.KeptForMints;
        arguments[10] = call.Held;
        arguments[11] = call.Confirmed;
        arguments[12] = call.Base;
        arguments[13] = call.Whole ? 1 : 0;
        arguments[14] = call.Answers;
        arguments[15] = call.Wish;
        arguments[16] = call.Away ? 1 : 0;
        arguments[17] = fleet.HasCompany ? 1 : 0;
        arguments[18] = fleet.Lately;
        arguments[19] = call.TakenBefore;
        for (var i = 0; i < call.Flows.Count; i++)
        {
            var flow = call.Flows[i];
            arguments[20 + (4 * i)] = flow.Id;
            arguments[21 + (4 * i)] = flow.Weight.ToString("0.######", CultureInfo.InvariantCulture);
            arguments[22 + (4 * i)] = flow.Used;
            arguments[23 + (4 * i)] = flow.Waiting;
        }

        return arguments;
    }

    internal static BudgetReply Read(RedisResult result, BudgetCall call)
    {
        var answer = (RedisResult[])result!;
        switch ((string?)answer[0])
        {
            case "stale":
                return Bare(ReplyKind.Stale, call.Epoch);
            case "reseed":
                return Bare(ReplyKind.Reseed, (string)answer[1]!);
        }

        var flows = new FlowReply[call.Flows.Count];
        for (var i = 0; i < flows.Length; i++)
        {
            flows[i] = new FlowReply((int)answer[9 + (3 * i)], (int)answer[10 + (3 * i)], (int)answer[11 + (3 * i)]);
        }

        return new BudgetReply(
            ReplyKind.Ok, (string)answer[1]!, (int)answer[2], (long)answer[3], (long)answer[4], (int)answer[5], (int)answer[6],
            (int)answer[7] == 1, (long)answer[8], flows);
    }

    internal static HeartbeatReply Read(RedisResult[] answer)
    {
        var closed = new (string Token, long For)[(int)answer[3]];
        for (var i = 0; i < closed.Length; i++)
        {
            closed[i] = ((string)answer[6 + (2 * i)]!, (long)answer[7 + (2 * i)]);
        }

        var loads = new Dictionary<string, int>(StringComparer.Ordinal);
        var next = 6 + (2 * closed.Length);
        for (var i = (int)answer[4]; i > 0; i--, next += 2)
        {
            loads[(string)answer[next]!] = (int)answer[next + 1];
        }

        var pressed = new List<string>();
        for (; next < answer.Length; next++)
        {
            pressed.Add((string)answer[next]!);
        }

        return new HeartbeatReply((string)answer[0]!, (int)answer[1], (long)answer[2], (int)answer[5], closed, loads, pressed);
    }

    private static BudgetReply Bare(ReplyKind kind, string epoch) => new(kind, epoch, 0, 0, 0, 0, 0, false, -1, []);
}

using System.Collections.Concurrent;
using System.Text.Json;
using Siro.Gateway.Common;

namespace Siro.Gateway.SiroApi;

/// <summary>In what way an answer differs from the contract.</summary>
internal enum DriftKind
{
    /// <summary>A field that is promised is not there.</summary>
    MissingField,

    /// <summary>A field has another type.</summary>
    WrongType,

    /// <summary>A field has a value that is not among the published ones.</summary>
    UnknownValue,

    /// <summary>A status that the contract does not know.</summary>
    ChangedStatus,

    /// <summary>Siro asks for a field that the gateway does not send.</summary>
    RequiredField,

    /// <summary>Siro does not know a field that the gateway sends.</summary>
    RefusedField,
}

/// <summary>One difference between Siro's answers and the contract, as this replica has seen it.</summary>
/// <param name="What">In words, without anything of a body but names of fields and published-looking values.</param>
internal sealed record Drift(
    string Host, string Operation, DriftKind Kind, string What, DateTimeOffset FirstSeen, DateTimeOffset LastSeen, long Count)
{
    /// <summary>Siro refuses the gateway's request for it; of any other difference the gateway goes on with what there is.</summary>
    public bool IsRefusal => Kind is DriftKind.RequiredField or DriftKind.RefusedField;
}

/// <summary>
/// Compares Siro's answers to what the gateway itself calls with the contract: counted, told once in words, and never a reason to refuse.
/// A difference that has not been seen for a day counts as gone, and is told again when it comes back.
/// </summary>
internal sealed partial class ContractWatch
{
    /// <summary>Differences that are remembered; of more than this, something else is wrong.</summary>
    private const int Most = 100;

    private static readonly TimeSpan Remembered = TimeSpan.FromDays(1);

    private readonly ConcurrentDictionary<(SiroHost Host, string Operation, DriftKind Kind, string Where), Drift> _seen = new();
    private readonly ContractMetrics _metrics;
    private readonly TimeProvider _time;
    private readonly ILogger<ContractWatch> _logger;

    public ContractWatch(ContractMetrics metrics, TimeProvider time, ILogger<ContractWatch> logger)
    {
        _metrics = metrics;
        _time = time;
        _logger = logger;
    }

    /// <summary>What differs at present, the latest first.</summary>
    public IReadOnlyList<Drift> Current
    {
        get
        {
            var since = _time.GetUtcNow() - Remembered;
            return [.. _seen.Values.Where(d => d.LastSeen >= since).OrderByDescending(d => d.LastSeen)];
        }
    }

    /// <summary>Compares an answer. Never throws for what is in it.</summary>
    /// <param name="body">The answer's JSON; null where there is none.</param>
    public void Compare(SiroRequest request, int status, JsonElement? body)
    {
        if (SiroContracts.Find(request.Host, request.Operation) is not { } contract)
        {
            return;
        }

        // A list's items differ alike: what is counted is answers.
        HashSet<(DriftKind, string, string?)>? noted = null;
        void Differs(DriftKind kind, string where, string? value)
        {
            if ((noted ??= []).Add((kind, where, value)))
            {
                Note(request.Host, request.Operation, kind, where, value, status);
            }
        }

        if (contract.Success.Contains(status))
        {
            if (body is { } answer)
            {
                contract.Answer.Compare(Unwrapped(contract, answer), "", Differs);
            }
        }
        else if (status is < 400 or 405 or 410 or 501 || (status == 404 && !contract.IsNegotiated && IsUnrouted(body)))
        {
            Differs(DriftKind.ChangedStatus, status.ToString(System.Globalization.CultureInfo.InvariantCulture), null);
        }
        else if (status == 422 && contract.Sent is { } sent && body is { ValueKind: JsonValueKind.Object } refusal
            && refusal.TryGetProperty("issues", out var issues))
        {
            CompareIssues(contract, sent, issues, Differs);
        }
    }

    private static void CompareIssues(SiroContract contract, string[] sent, JsonElement issues, Action<DriftKind, string, string?> differs)
    {
        if (issues.ValueKind != JsonValueKind.Array)
        {
            return;
        }

        foreach (var issue in issues.EnumerateArray().Where(i => i.ValueKind == JsonValueKind.Object))
        {
            // Whatever an issue says about a field that was not sent, it wants the field: the words are each zod version's own.
            if (Names(issue, "path").FirstOrDefault() is { } field && !sent.Contains(field, StringComparer.Ordinal))
            {
                differs(DriftKind.RequiredField, field, null);
            }

            foreach (var unknown in Names(issue, "keys").Where(k => !contract.IsNegotiated && sent.Contains(k, StringComparer.Ordinal)))
            {
                differs(DriftKind.RefusedField, unknown, null);
            }
        }
    }

    private static IEnumerable<string> Names(JsonElement issue, string member) =>
        issue.TryGetProperty(member, out var names) && names.ValueKind == JsonValueKind.Array
            ? names.EnumerateArray().Where(n => n.ValueKind == JsonValueKind.String).Select(n => n.GetString()!)
            : [];

    private static bool IsUnrouted(JsonElement? body) =>
        body is { ValueKind: JsonValueKind.Object } answer && answer.TryGetProperty("message", out var message)
            && message.ValueKind == JsonValueKind.String
        && message.GetString()!.Contains("not defined by this API", StringComparison.OrdinalIgnoreCase);

    /// <summary>
    /// Siro wraps some answers in <c>data</c> and others not, and its sources disagree about which: neither is a difference.
    /// </summary>
    private static JsonElement Unwrapped(SiroContract contract, JsonElement answer) =>
        !contract.Answer.Wants("data") && answer.ValueKind == JsonValueKind.Object && answer.TryGetProperty("data", out var data)
            && data.ValueKind == JsonValueKind.Object
            ? data
            : answer;

    /// <summary>Names come from Siro and go into logs: letters, digits and a few signs, and not too many.</summary>
    private static string Plain(string name) =>
        string.Concat(name.Take(60).Select(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-' or '[' or ']' ? c : '?'));

    private static string Words(SiroHost host, string operation, DriftKind kind, string where, string? value, int status)
    {
        var answer = $"The answer to {operation} on {host.Cluster()}";
        return kind switch
        {
            DriftKind.MissingField => $"{answer} lacks '{where}'.",
            DriftKind.WrongType => $"{answer} has another type in '{where}' than published.",
            DriftKind.UnknownValue => $"{answer} has the value '{value}' in '{where}', which is not published.",
            DriftKind.ChangedStatus => $"{answer} has the status {status}, which is not published.",
            DriftKind.RequiredField =>
                $"{operation} on {host.Cluster()} is refused without the field '{where}', which the gateway does not send.",
            _ => $"{operation} on {host.Cluster()} is refused with the field '{where}', which the gateway sends.",
        };
    }

    private void Note(SiroHost host, string operation, DriftKind kind, string where, string? value, int status)
    {
        _metrics.Drifted(host, operation, kind);
        var now = _time.GetUtcNow();
        var plain = Plain(where);
        var key = (host, operation, kind, value is null ? plain : $"{plain}={Plain(value)}");
        if (_seen.Count >= Most && !_seen.ContainsKey(key))
        {
            // What is gone makes room: else a process that runs for months would fall silent.
            foreach (var old in _seen.Where(d => now - d.Value.LastSeen > Remembered))
            {
                _seen.TryRemove(old);
            }

            if (_seen.Count >= Most)
            {
                return;
            }
        }

        var isNew = false;
        _seen.AddOrUpdate(
            key,
            _ =>
            {
                isNew = true;
                return new Drift(host.Cluster(), operation, kind,
                    Words(host, operation, kind, plain, value is null ? null : Plain(value), status), now, now, 1);
            },
            (_, drift) =>
            {
                isNew = now - drift.LastSeen > Remembered;
                return drift with { LastSeen = now, FirstSeen = isNew ? now : drift.FirstSeen, Count = isNew ? 1 : drift.Count + 1 };
            });
        if (isNew && _seen.TryGetValue(key, out var told))
        {
            Log.Drifted(_logger, told.What);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(
            1510, LogLevel.Warning,
            "Siro's contract has changed. {What} The gateway refuses nothing for it; see 'siro-gateway doctor --contracts'")]
        public static partial void Drifted(ILogger logger, string what);
    }
}

using Siro.Emulator.Hosting;

namespace Siro.Emulator.Faults;

/// <summary>The faults in force. The first rule that fits and has strikes left wins.</summary>
public sealed class FaultPlan(int seed)
{
    private readonly Lock _gate = new();
    private readonly Random _chance = new(seed);
    private State[] _rules = [];

    /// <summary>The rules in force, with how often each fitted and struck.</summary>
    public IReadOnlyList<(FaultRule Rule, int Matched, int Struck)> Rules
    {
        get
        {
            lock (_gate)
            {
                return [.. _rules.Select(r => (r.Rule, r.Matched, r.Struck))];
            }
        }
    }

    public void Add(FaultRule rule)
    {
        lock (_gate)
        {
            _rules = [.. _rules, new State(rule)];
        }
    }

    /// <summary>Takes all rules back, or those of one name.</summary>
    public void Clear(string? name = null)
    {
        lock (_gate)
        {
            _rules = name is null ? [] : [.. _rules.Where(r => r.Rule.Name != name)];
        }
    }

    /// <summary>A status for the next <paramref name="times"/> requests to a path.</summary>
    public void Answer(int status, string? host = null, string? path = null, string? method = null, int? times = null, FaultMoment
        when = FaultMoment.Body) =>
        Add(new FaultRule { Name = $"answer {status}", Host = host, Path = path, Method = method, Times = times, Status = status, When =
            when });

    /// <summary>The fault for one request, or null. The caller acts on it at the rule's moment.</summary>
    internal FaultRule? Strike(SiroHost host, string method, string path) => Strike(host.Name(), method, path);

    internal FaultRule? Strike(string host, string method, string path)
    {
        if (_rules.Length == 0)
        {
            return null;
        }

        lock (_gate)
        {
            foreach (var state in _rules)
            {
                var rule = state.Rule;
                var fits = (rule.Host is null ? host != "webhooks" : rule.Host.Equals(host, StringComparison.OrdinalIgnoreCase))
                    && (rule.Method is null || rule.Method.Equals(method, StringComparison.OrdinalIgnoreCase))
                    && (state.Glob is null || state.Glob.Matches(path));
                if (!fits)
                {
                    continue;
                }

                state.Matched++;
                if (state.Matched <= rule.After
                    || (rule.Times is { } times && state.Struck >= times)
                    || (rule.Probability < 1 && _chance.NextDouble() >= rule.Probability))
                {
                    continue;
                }

                state.Struck++;
                return rule;
            }
        }

        return null;
    }

    private sealed class State(FaultRule rule)
    {
        public FaultRule Rule => rule;

        public PathGlob? Glob { get; } = rule.Path is null ? null : new PathGlob(rule.Path);

        public int Matched { get; set; }

        public int Struck { get; set; }
    }
}

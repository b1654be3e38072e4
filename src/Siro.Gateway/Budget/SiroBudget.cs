using System.Collections.Concurrent;
using Siro.Gateway.Access;
using Siro.Gateway.Common;
using Siro.Gateway.Configuration;
using Siro.Gateway.SiroApi;

namespace Siro.Gateway.Budget;

/// <summary>The budget of every Siro token that this replica uses.</summary>
internal sealed class SiroBudget : IBudget, IBudgetView, IDisposable
{
    private readonly ConcurrentDictionary<string, TokenBudget> _tokens = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<(OrganizationKey Organization, ClientName Client, bool UserToken), string> _lastUsed = new();
    private readonly FleetLink _link;
    private readonly BudgetRules _rules;
    private readonly ISettings<ClientsOptions> _clients;

    public SiroBudget(FleetLink link, BudgetRules rules, ISettings<ClientsOptions> clients)
    {
        _link = link;
        _rules = rules;
        _clients = clients;
        link.EpochChanged += () => Hear([], [], resync: true);
    }

    public async ValueTask<IBudgetSlot> AcquireAsync(SiroRequest request, SiroCredential credential, CancellationToken cancellationToken)
    {
        var rule = _rules.For(request.Organization, request.NeedsUserToken);
        var weight = _clients.Current.Find(request.Client)?.Weight ?? 1;
        var key = (request.Organization, request.Client, request.NeedsUserToken);
        if (!_lastUsed.TryGetValue(key, out var last) || last != credential.BudgetKey)
        {
            _lastUsed[key] = credential.BudgetKey;
        }

        while (true)
        {
            var token = _tokens.GetOrAdd(
                credential.BudgetKey, static (name, made) => new TokenBudget(name, made.rule, made.link), (rule, link: _link));
            if (await token.AcquireAsync(
                request.Client, FlowClasses.Of(request), weight, rule, MaxWait(request), cancellationToken) is { } slot)
            {
                return slot;
            }

            // Retired between the look-up and the question.
            _tokens.TryRemove(new KeyValuePair<string, TokenBudget>(credential.BudgetKey, token));
        }
    }

    public TimeSpan MaxWait(SiroRequest request) => request.MaxWait ?? _rules.For(request.Organization, request.NeedsUserToken).MaxWait;

    public BudgetShare For(SiroRequest request, SiroCredential credential) =>
        Share(_rules.For(request.Organization, request.NeedsUserToken), credential.BudgetKey, request.Client, FlowClasses.Of(request));

    public BudgetShare For(OrganizationKey organization, ClientName client, bool userToken)
    {
        var flowClass = (_clients.Current.Find(client)?.Priority ?? Priority.Interactive) switch
        {
            Priority.Interactive => FlowClass.Interactive,
            Priority.Batch => FlowClass.Batch,
            _ => FlowClass.Background,
        };
        return Share(
            _rules.For(organization, userToken), _lastUsed.GetValueOrDefault((organization, client, userToken)), client, flowClass);
    }

    /// <summary>The tokens that clients used here last, and how much of each one's budget is in use over the fleet.</summary>
    public IEnumerable<(OrganizationKey Organization, bool UserToken, int Percent)> InUse()
    {
        foreach (var used in _lastUsed.GroupBy(u => u.Value, StringComparer.Ordinal))
        {
            if (_tokens.TryGetValue(used.Key, out var token))
            {
                var key = used.First().Key;
                yield return (key.Organization, key.UserToken, token.PercentInUse());
            }
        }
    }

    /// <summary>What a heartbeat brought.</summary>
    public void Hear(IReadOnlyList<(string Token, long For)> closed, IReadOnlyList<string> pressed, bool resync)
    {
        foreach (var (name, token) in _tokens)
        {
            var closedFor = 0L;
            foreach (var (shut, time) in closed)
            {
                closedFor = shut == name ? time : closedFor;
            }

            if (token.Hear(closedFor, pressed.Contains(name), resync))
            {
                _tokens.TryRemove(new KeyValuePair<string, TokenBudget>(name, token));
                token.Dispose();
            }
        }
    }

    /// <summary>
    /// At the end of the process: slots that are held and not used go back, so that the others need not wait for their end.
    /// </summary>
    public async Task LeaveAsync(TimeSpan within)
    {
        var started = _link.Now;
        while (_tokens.Values.Count(t => !t.Leave()) > 0 && !_link.Fleet.Failing && _link.Now - started < within.TotalMilliseconds)
        {
            await _link.Clock.Delay(TimeSpan.FromMilliseconds(10), CancellationToken.None);
        }
    }

    public void Dispose()
    {
        foreach (var token in _tokens.Values)
        {
            token.Dispose();
        }
    }

    private BudgetShare Share(BudgetRule rule, string? tokenName, ClientName client, FlowClass flowClass)
    {
        var window = (int)(rule.WindowMs / 1000);
        if (tokenName is null || !_tokens.TryGetValue(tokenName, out var token) || token.ShareOf(client, flowClass) is not { } known)
        {
            return new BudgetShare(rule.Requests - rule.KeptForMints, window, rule.Requests - rule.KeptForMints, window);
        }

        var remaining = Math.Max(0, known.Share - known.Used);
        var reset = known.Soonest > 0 ? (int)Math.Min(window, (known.Soonest + 999) / 1000) : window;
        return new BudgetShare(Math.Max(1, known.Share), window, remaining, reset, known.Queued);
    }
}

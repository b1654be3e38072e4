using System.Collections.Concurrent;
using Siro.Gateway.Common;
using Siro.Gateway.Store;

namespace Siro.Gateway.Uploads.Steps;

/// <summary>
/// Which contract worked last for an organization: in memory, and in the store for the other replicas and the next start. Only a hint, so a
/// store that is away does no harm.
/// </summary>
internal sealed partial class ContractMemory(RedisStore store, ILogger<ContractMemory> logger)
{
    private readonly ConcurrentDictionary<OrganizationKey, string> _known = new();

    /// <summary>The contracts in the order in which they are to be tried: the one that worked first.</summary>
    public async Task<IReadOnlyList<UploadContract>> InOrderAsync(
        OrganizationKey organization, IReadOnlyList<UploadContract> contracts, CancellationToken cancellationToken)
    {
        if (!_known.TryGetValue(organization, out var name))
        {
            try
            {
                name = await store.QueryAsync(
                    async db => (string?)await db.StringGetAsync(UploadKeys.Contract(organization.Value)), cancellationToken);
                if (name is not null)
                {
                    _known[organization] = name;
                }
            }
            catch (StoreUnavailableException e)
            {
                Log.NotRead(logger, e, organization);
            }
        }

        return [.. contracts.OrderBy(c => c.Name == name ? 0 : 1)];
    }

    /// <summary>That one worked.</summary>
    public async Task WorkedAsync(OrganizationKey organization, UploadContract contract, CancellationToken cancellationToken)
    {
        if (_known.TryGetValue(organization, out var name) && name == contract.Name)
        {
            return;
        }

        _known[organization] = contract.Name;
        try
        {
            await store.QueryAsync(
                db => db.StringSetAsync(UploadKeys.Contract(organization.Value), contract.Name, TimeSpan.FromDays(30)), cancellationToken);
        }
        catch (StoreUnavailableException e)
        {
            Log.NotKept(logger, e, organization);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(
            1810, LogLevel.Information, "The create contract remembered for {Organization} could not be read; using the configured order")]
        public static partial void NotRead(ILogger logger, Exception exception, OrganizationKey organization);

        [LoggerMessage(1811, LogLevel.Information, "The create contract that works for {Organization} could not be remembered")]
        public static partial void NotKept(ILogger logger, Exception exception, OrganizationKey organization);
    }
}

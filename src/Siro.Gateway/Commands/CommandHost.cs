using Siro.Gateway.Common;
using Siro.Gateway.Configuration;
using Siro.Gateway.Credentials;
using Siro.Gateway.SiroApi;

namespace Siro.Gateway.Commands;

/// <summary>
/// What a command needs of the gateway: its configuration and its Siro client, with the organizations' own credentials. It serves
/// nothing and needs no store, so that it also works before the rest is configured.
/// </summary>
internal static class CommandHost
{
    /// <summary>Builds it from the configuration in force. Throws <see cref="InvalidConfigurationException"/>.</summary>
    public static ServiceProvider Build()
    {
        FileWatching.Prepare();
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.AddGatewayConfiguration([]);
        builder.Services.AddLogging();
        builder.Services.AddMetrics();
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton<Randomness>();
        builder.AddSiroApi();
        builder.Services.AddSingleton(new CredentialTimings());
        builder.Services.AddSingleton<OrganizationCredentials>();
        builder.Services.AddSingleton<ClientAppFactory>();
        builder.Services.AddSingleton<Doctor.CredentialKindsCheck>();
        builder.Services.AddSingleton<Doctor.UserTokenLoan>();
        builder.Services.AddSingleton<ClientTokenRequest>();
        builder.Services.AddSingleton<ISiroCredentials, CommandCredentials>();
        builder.Services.AddSingleton<IBudget, UncountedBudget>();
        return builder.Registry().Load() is { Count: > 0 } errors
            ? throw new InvalidConfigurationException(errors)
            : builder.Services.BuildServiceProvider();
    }

    /// <summary>The organization of that name, or the only one. Throws <see cref="CommandFailure"/>.</summary>
    public static OrganizationKey Organization(this IServiceProvider host, string? name)
    {
        var configured = host.GetRequiredService<ISettings<SiroOptions>>().Current.Organizations.Keys.Select(k => new OrganizationKey(k))
            .ToArray();
        if (name is null)
        {
            return configured is [var only]
                ? only
                : throw new CommandFailure(1, $"Say which organization: --organization {string.Join('|', configured)}");
        }

        var key = new OrganizationKey(name);
        return configured.Contains(key)
            ? key
            : throw new CommandFailure(1, $"The organization {key} is not configured; there is {string.Join(", ", configured)}.");
    }

    /// <summary>An operator's single request is not held up by what the fleet does.</summary>
    private sealed class UncountedBudget : IBudget, IBudgetSlot
    {
        public ValueTask<IBudgetSlot> AcquireAsync(SiroRequest request, SiroCredential credential, CancellationToken cancellationToken) =>
            new(this);

        public void Answered()
        {
        }

        public void NotSent()
        {
        }

        public void Throttled(TimeSpan? retryAfter)
        {
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}

using Aspire.Hosting.Testing;

namespace Siro.Gateway.HostingTests.Running;

/// <summary>The repository's own AppHost, started once, without a container engine.</summary>
public class AppHostFixture : IAsyncLifetime
{
    private static readonly TimeSpan TimeLimit = TimeSpan.FromMinutes(4);
    private readonly CancellationTokenSource _bound = new(TimeLimit);

    public DistributedApplication Application { get; private set; } = null!;

    /// <summary>The sample application.</summary>
    public HttpClient Sample { get; private set; } = null!;

    /// <summary>Ends what takes too long.</summary>
    public CancellationToken Bound => _bound.Token;

    /// <summary>Settings of the AppHost's command line.</summary>
    protected virtual string[] Arguments => ["Store=local"];

    public async ValueTask InitializeAsync()
    {
        var builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.Siro_Gateway_AppHost>(Arguments, Bound);
        Application = await builder.BuildAsync(Bound);
        await Application.StartAsync(Bound);
        await Application.ResourceNotifications.WaitForResourceHealthyAsync("crm-writer", Bound);
        Sample = Application.CreateHttpClient("crm-writer", "http");
    }

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        Sample?.Dispose();
        if (Application is not null)
        {
            await Application.DisposeAsync();
        }

        _bound.Dispose();
    }
}

/// <summary>One AppHost for every class that needs it running.</summary>
[CollectionDefinition(Name)]
public sealed class AppHostCollection : ICollectionFixture<AppHostFixture>
{
    public const string Name = "AppHost";
}

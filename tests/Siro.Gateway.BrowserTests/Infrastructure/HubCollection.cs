namespace Siro.Gateway.BrowserTests.Infrastructure;

/// <summary>Classes that leave the gateway as they found it share one.</summary>
[CollectionDefinition(Name)]
public sealed class HubCollection : ICollectionFixture<HubFixture>
{
    public const string Name = "one gateway";
}

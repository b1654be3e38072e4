using Microsoft.Extensions.Configuration;
using Siro.Gateway.Configuration;
using Siro.Gateway.Store;

namespace Siro.Gateway.Tests.Store;

public sealed class StoreOptionsTests
{
    private static readonly string Key = Convert.ToBase64String(new byte[32]);

    [Theory]
    [InlineData("fsync", 0)]
    [InlineData("relaxed", 0)]
    [InlineData("replicas:2", 2)]
    public void A_durability_is_read_and_written_the_same(string text, int replicas)
    {
        Assert.True(StoreDurability.TryParse(text, out var durability));
        Assert.Equal(replicas, durability.Replicas);
        Assert.Equal(text, durability.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("replicas")]
    [InlineData("replicas:0")]
    [InlineData("replicas:10")]
    [InlineData("replicas:-1")]
    [InlineData("always")]
    public void Another_durability_is_a_error(string text) =>
        Assert.Equal(["Store:Durability"],
            ErrorsOf(("Redis:Configuration", "localhost"), ("Store:Durability", text), ("Store:EncryptionKeys:0", Key)));

    [Fact]
    public void Every_missing_setting_is_named() => Assert.Equal(["Redis:Configuration", "Store:EncryptionKeys:0"], ErrorsOf());

    [Fact]
    public void Keys_must_be_32_bytes() => Assert.Equal(
        ["Store:EncryptionKeys:1", "Store:EncryptionKeys:2"],
        ErrorsOf(("Redis:Configuration", "localhost"), ("Store:EncryptionKeys:0", Key), ("Store:EncryptionKeys:1", "AAAA"),
            ("Store:EncryptionKeys:2", "no base64 at all, and long")));

    [Fact]
    public void A_wrong_redis_configuration_is_named_without_its_password()
    {
        var error = Assert.Single(
            All(("Redis:Configuration", "localhost,password=hunter2,nonsense=hunter3"), ("Store:EncryptionKeys:0", Key)));
        Assert.Equal("Redis:Configuration", error.Path);
        Assert.DoesNotContain("hunter", error.ToString(), StringComparison.Ordinal);
    }

    private static string[] ErrorsOf(params (string Key, string Value)[] settings) => [.. All(settings).Select(m => m.Path)];

    private static IReadOnlyList<ValidationError> All(params (string Key, string Value)[] settings)
    {
        var builder = Microsoft.AspNetCore.Builder.WebApplication.CreateBuilder();
        builder.Configuration.AddInMemoryCollection(settings.Select(s => KeyValuePair.Create(s.Key, (string?)s.Value)));
        builder.AddStore();
        return builder.Registry().Load();
    }
}

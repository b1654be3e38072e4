using Microsoft.AspNetCore.Http;
using Siro.Gateway.Events;

namespace Siro.Gateway.Tests.Events;

public class SignatureHeadersTests
{
    private static SignatureHeaders? Read(params (string Name, string Value)[] headers)
    {
        var dictionary = new HeaderDictionary();
        foreach (var (name, value) in headers)
        {
            dictionary.Append(name, value);
        }

        return SignatureHeaders.Read(dictionary);
    }

    [Theory]
    [InlineData("svix-")]
    [InlineData("webhook-")]
    [InlineData("Svix-")]
    public void Either_family_of_names_is_read(string prefix) =>
        Assert.Equal(new SignatureHeaders("msg_1", "1614265330", "v1,x"),
            Read((prefix + "id", "msg_1"), (prefix + "timestamp", "1614265330"), (prefix + "signature", "v1,x")));

    [Theory]
    [InlineData("id")]
    [InlineData("timestamp")]
    [InlineData("signature")]
    public void All_three_are_needed(string missing)
    {
        var all = new (string Name, string Value)[] { ("svix-id", "msg_1"), ("svix-timestamp", "1"), ("svix-signature", "v1,x") };
        Assert.NotNull(Read(all));
        Assert.Null(Read([.. all.Where(h => h.Name != "svix-" + missing)]));
        Assert.Null(Read([.. all, all.Single(h => h.Name == "svix-" + missing)]));
    }

    [Theory]
    [InlineData("msg{1}", "1")]
    [InlineData("msg 1", "1")]
    [InlineData("msg_1", "1e9")]
    [InlineData("msg_1", "-1")]
    [InlineData("msg_1", " 1")]
    [InlineData("msg_1", "9999999999999")]
    public void Ids_and_timestamps_that_could_mean_something_else_are_not_read(string id, string timestamp) =>
        Assert.Null(Read(("svix-id", id), ("svix-timestamp", timestamp), ("svix-signature", "v1,x")));

    [Fact]
    public void An_id_longer_than_a_key_name_should_be_is_not_read() =>
        Assert.Null(Read(("svix-id", new string('a', 129)), ("svix-timestamp", "1"), ("svix-signature", "v1,x")));

    [Fact]
    public void An_attempt_carries_both_families_with_the_same_values()
    {
        using var request = new HttpRequestMessage();
        new SignatureHeaders("msg_1", "12", "v1,x v1,y").Write(request.Headers);
        foreach (var prefix in new[] { "svix-", "webhook-" })
        {
            Assert.Equal("msg_1", request.Headers.GetValues(prefix + "id").Single());
            Assert.Equal("12", request.Headers.GetValues(prefix + "timestamp").Single());
            Assert.Equal("v1,x v1,y", request.Headers.GetValues(prefix + "signature").Single());
        }
    }
}

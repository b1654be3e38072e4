using Siro.Gateway.People;

namespace Siro.Gateway.Tests.People;

public sealed class PeopleIndexTests
{
    private readonly PeopleIndex _people = new(
        [
            new Person { Id = "u1", Email = "Ann@Example.com", PhoneNumber = "(555) 123-4567", ExternalId = "rep-1" },
            new Person { Id = "u2", Email = "bob@example.com", PhoneNumber = "+15551234567", ExternalId = "rep-2" },
            new Person { Id = "u3", Email = "bob@example.com", Disabled = true },
            new Person { Id = "u4", Email = "old@example.com", Disabled = true },
            new Person { Id = "u5" },
        ],
        "US",
        "v1");

    [Fact]
    public void An_email_is_found_without_regard_to_case() =>
        Assert.Equal("u1", Assert.Single(_people.Find(PersonKey.Email, "ANN@example.COM")).Id);

    [Fact]
    public void Two_with_one_number_are_both_an_answer() =>
        Assert.Equal(["u1", "u2"], _people.Find(PersonKey.Phone, "555 123 4567").Select(p => p.Id));

    [Fact]
    public void A_disabled_user_does_not_make_an_enabled_one_ambiguous() =>
        Assert.Equal("u2", Assert.Single(_people.Find(PersonKey.Email, "bob@example.com")).Id);

    [Fact]
    public void A_disabled_user_is_found_where_nobody_else_has_the_email() =>
        Assert.True(Assert.Single(_people.Find(PersonKey.Email, "old@example.com")).Disabled);

    [Fact]
    public void External_ids_and_ids_keep_their_case()
    {
        Assert.Equal("u2", Assert.Single(_people.Find(PersonKey.ExternalId, "rep-2")).Id);
        Assert.Empty(_people.Find(PersonKey.ExternalId, "REP-2"));
        Assert.Equal("u5", Assert.Single(_people.Find(PersonKey.Id, "u5")).Id);
    }
}

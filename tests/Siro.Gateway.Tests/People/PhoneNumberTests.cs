using Siro.Gateway.People;

namespace Siro.Gateway.Tests.People;

public sealed class PhoneNumberTests
{
    [Theory]
    [InlineData("+15551234567", "US", "+15551234567")]
    [InlineData("(555) 123-4567", "US", "+15551234567")]
    [InlineData("1-555-123-4567", "US", "+15551234567")]
    [InlineData("+1 800-123-4567", "GB", "+18001234567")]
    [InlineData("011 44 20 7946 0958", "US", "+442079460958")]
    [InlineData("020 7946 0958", "GB", "+442079460958")]
    [InlineData("+44 (0)20 7946 0958", "US", "+442079460958")]
    [InlineData("0049 30 901820", "GB", "+4930901820")]
    [InlineData("030 901820", "DE", "+4930901820")]
    [InlineData("02 9374 4000", "AU", "+61293744000")]
    [InlineData("tel:+1-555-123-4567;ext=12", "US", "+15551234567")]
    [InlineData("555.123.4567 x89", "US", "+15551234567")]
    public void A_number_becomes_e164_as_its_region_dials_it(string text, string region, string expected) =>
        Assert.Equal(expected, PhoneNumber.ToE164(text, region));

    [Theory]
    [InlineData("anonymous")]
    [InlineData("+1")]
    [InlineData("123")]
    [InlineData("+0123456789")]
    [InlineData("+1234567890123456")]
    [InlineData("")]
    [InlineData(null)]
    [InlineData("555-CALL-NOW")]
    public void What_is_no_number_is_null(string? text) => Assert.Null(PhoneNumber.ToE164(text, "US"));

    [Fact]
    public void A_national_number_of_an_unknown_region_is_null_rather_than_a_guess() => Assert.Null(PhoneNumber.ToE164("5551234567", "XX"));
}

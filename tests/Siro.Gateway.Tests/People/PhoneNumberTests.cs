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
    [InlineData("06 698 81234", "IT", "+390669881234")]
    [InlineData("+39 06 698 81234", "US", "+390669881234")]
    [InlineData("8 (495) 123-45-67", "RU", "+74951234567")]
    [InlineData("0 55 1234 5678", "KR", "+825512345678")]
    public void A_number_becomes_e164_as_its_region_dials_it(string text, string region, string expected) =>
        Assert.Equal(expected, PhoneNumber.ToE164(text, region));

    [Theory]
    [InlineData("+1 (212) 555-2368")]
    [InlineData("12125552368")]
    [InlineData("212 555 2368")]
    [InlineData("(212) 555-2368")]
    [InlineData("212.555.2368")]
    [InlineData("001 212 555 2368")]
    [InlineData("0012125552368")]
    [InlineData("011 1 212 555 2368")]
    [InlineData("212-555-2368 ext. 17")]
    [InlineData("212-555-2368 extension 17")]
    [InlineData("+1 212 555 2368 x17")]
    [InlineData("+1 212 555 2368;ext=17")]
    [InlineData("+1-212-555-2368#17")]
    [InlineData("+1-212-555-BENT")]
    [InlineData("212-555-bent")]
    [InlineData("tel:+1-212-555-2368")]
    [InlineData("tel:2368;phone-context=+1212555")]
    [InlineData(" 212 555 2368 ")]
    [InlineData("２１２５５５２３６８")]
    public void One_number_has_one_form_however_it_is_written(string text) => Assert.Equal("+12125552368", PhoneNumber.ToE164(text, "US"));

    [Theory]
    [InlineData("anonymous")]
    [InlineData("+1")]
    [InlineData("123")]
    [InlineData("123-4567")]
    [InlineData("+0123456789")]
    [InlineData("+1234567890123456")]
    [InlineData("+999 123 456 789")]
    [InlineData("00")]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData(null)]
    [InlineData("CALL-NOW")]
    public void What_is_no_number_is_null(string? text) => Assert.Null(PhoneNumber.ToE164(text, "US"));

    [Fact]
    public void An_exchange_s_own_extension_is_no_number() => Assert.Null(PhoneNumber.ToE164("1042", "DE"));

    [Fact]
    public void A_national_number_of_an_unknown_region_is_null_rather_than_a_guess()
    {
        Assert.Null(PhoneNumber.ToE164("5551234567", "XX"));
        Assert.Equal("+442079460958", PhoneNumber.ToE164("0044 20 7946 0958", "XX"));
    }

    [Theory]
    [InlineData(" 4512345678", new[] { "+4512345678", "+14512345678" })]
    [InlineData("4512345678", new[] { "+14512345678" })]
    [InlineData("+4512345678", new[] { "+4512345678" })]
    [InlineData(" 5551234567", new[] { "+5551234567", "+15551234567" })]
    [InlineData(" 15551234567", new[] { "+15551234567" })]
    [InlineData(" anonymous", new string[0])]
    [InlineData("   ", new string[0])]
    public void A_blank_before_a_number_in_a_form_was_a_plus(string text, string[] expected) =>
        Assert.Equal(expected, PhoneNumber.FromForm(text, "US"));
}

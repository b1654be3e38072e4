using System.Reflection;
using Microsoft.Extensions.Configuration;
using Siro.Gateway.Deliveries;
using Siro.Gateway.Jobs;

namespace Siro.Gateway.Tests.Jobs;

public sealed class JobDeclarationTests
{
    private static readonly IConfiguration Defaults = new ConfigurationManager();

    /// <summary>A job whose handler kept throwing is found by one of the states that its lists know.</summary>
    [Fact]
    public void Where_a_job_ends_that_keeps_failing_is_one_of_its_stopped_states()
    {
        var declarations = typeof(Job).Assembly.GetTypes()
            .SelectMany(t => t.GetFields(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic))
            .Where(f => typeof(Job).IsAssignableFrom(f.FieldType))
            .Select(f => (Job)f.GetValue(null)!)
            .ToList();

        Assert.True(declarations.Count >= 8, $"{declarations.Count} declarations were found");
        Assert.All(declarations, job => Assert.Contains(job.Worker(Defaults).CrashedState, job.States.Stopped));
    }

    /// <summary>It is a dead letter: counted, found and replayed, and kept as long as the others.</summary>
    [Fact]
    public void A_delivery_that_keeps_failing_is_kept_as_a_dead_letter()
    {
        var options = DeliveryJob.Declaration.Worker(Defaults);
        Assert.Equal((DeliveryState.Dead, TimeSpan.FromDays(30)), (options.CrashedState, options.CrashedKeepFor));

        var configured = new ConfigurationManager { ["Webhooks:Retention"] = "3.00:00:00" };
        Assert.Equal(TimeSpan.FromDays(3), DeliveryJob.Declaration.Worker(configured).CrashedKeepFor);
    }
}

using CrmDatabase;
using CrmDatabase.Inbox;
using Microsoft.EntityFrameworkCore;
using Siro.Gateway.Client.Receiving;

var builder = WebApplication.CreateBuilder(args);
var database = builder.Configuration.GetConnectionString("crm") ?? "Data Source=crm.db";
builder.Services.AddDbContext<CrmContext>(options => options.UseSqlite(database));
builder.Services.AddSiroEvents(builder.Configuration.GetSection("SiroEvents"));
builder.Services.UseSiroEventInbox<EfCoreInbox<CrmContext>>();
var app = builder.Build();
await using (var scope = app.Services.CreateAsyncScope())
{
    await scope.ServiceProvider.GetRequiredService<CrmContext>().Database.EnsureCreatedAsync();
}

// What the handler adds is saved with the memory of the event, in one transaction.
app.MapSiroEvents("/siro", async (delivery, cancellationToken) =>
{
    if (delivery.Event is RecordingReady { RecordingId: { } recording } ready)
    {
        var crm = delivery.Services.GetRequiredService<CrmContext>();
        await crm.Recordings.AddAsync(new CrmRecording { Id = recording, Rep = ready.State.UserId }, cancellationToken);
    }
});

app.MapGet("/recordings", (CrmContext crm) => crm.Recordings.AsAsyncEnumerable());
app.Run();

using SwarmLocks.Cli;

return await App.RunAsync(args, new CliHost());

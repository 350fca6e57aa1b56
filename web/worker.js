// Starts the page's own program as a worker: the first message names its script and brings it compiled.
onmessage = async ({ data: [script, program] }) => {
  onmessage = null;
  const { default: start } = await import(script);
  await start({ module_or_path: program });
};

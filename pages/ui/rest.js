// What the components need that wait until Streamlit has nothing to do: stands before the script of each.

const AT_WORK = ["running", "rerunRequested", "stopRequested"]; // what Streamlit says of its script
const isAtWork = () => AT_WORK.includes(document.querySelector("[data-testid=stApp]")?.dataset.testScriptState);

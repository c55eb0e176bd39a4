// A script that is a folder: node runs the index.js in it.
console.log(`worker ${process.env.pm_id} is up`);
setInterval(() => {}, 60000);

// Says that it is there, once, and stays.
console.log(`index of ${process.env.name} is up`);
setInterval(() => {}, 60000);

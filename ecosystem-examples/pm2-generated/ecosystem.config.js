// What `pm2 init` writes has this shape: two apps, options to be filled in, and a part for `pm2 deploy`.
//   pmc start ecosystem-examples/pm2-generated/ecosystem.config.js
module.exports = {
  apps : [{
    script: 'index.js',
    watch: '.'
  }, {
    script: './service-worker/',
    watch: ['./service-worker']
  }],

  deploy : {
    production : {
      user : 'deployer',
      host : 'host.example',
      ref  : 'origin/main',
      repo : 'git@host.example:shop.git',
      path : '/srv/shop',
      'pre-deploy-local': '',
      'post-deploy' : 'npm ci && pm2 reload ecosystem.config.js --env production',
      'pre-setup': ''
    }
  }
};

// A file as it grows over the years: most options PM2 documents, in the spellings people use.
//   pmc start ecosystem-examples/pm2-options/ecosystem.config.js --env staging
// `pmc convert` prints it as YAML, with a comment where an option means something else here.
const path = require('path');
const port = Number(process.env.PORT || 8306);

module.exports = {
  apps: [
    {
      // what runs
      name: 'backend',
      script: './backend.js',
      cwd: __dirname,
      args: '--port ' + port + ' --title "two words"',
      interpreter: 'node',
      node_args: ['--max-old-space-size=200'],
      namespace: 'shop',

      // how many
      instances: 2,
      exec_mode: 'fork',
      instance_var: 'INSTANCE_ID',
      increment_var: 'PORT',

      // when it is started again
      autorestart: true,
      max_restarts: 10,
      min_uptime: '5s',
      restart_delay: 100,
      exp_backoff_restart_delay: 100,
      max_memory_restart: '300M',
      stop_exit_codes: [0, 143],
      cron_restart: '0 3 * * *',
      watch: false,
      ignore_watch: ['node_modules', 'logs'],
      watch_delay: 1000,

      // how it is stopped
      kill_timeout: 3000,
      shutdown_with_message: false,
      treekill: true,
      wait_ready: false,
      listen_timeout: 5000,

      // where its output goes
      out_file: './logs/backend-out.log',
      error_file: './logs/backend-error.log',
      log_date_format: 'YYYY-MM-DD HH:mm Z',
      merge_logs: true,
      time: false,

      // its environment
      env: { PORT: port, NODE_ENV: 'development', FEATURES: { search: true } },
      env_staging: { NODE_ENV: 'staging' },
      env_production: { NODE_ENV: 'production' },
      filter_env: ['NPM_'],

      // of PM2's own; without effect here
      source_map_support: true,
      vizion: false,
      pmx: false,
    },
    {
      // camelCase and short names mean the same
      name: 'reports',
      exec: path.join(__dirname, 'reports.py'),
      execInterpreter: 'python3',
      output: './logs/reports.log',
      error: '/dev/null',
      maxRestarts: 3,
      killTimeout: '4s',
      autorestart: false,
    },
  ],
};

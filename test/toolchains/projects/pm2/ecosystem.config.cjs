module.exports = {
  apps: [
    {
      name: 'worker',
      script: './worker.cjs',
      exec_mode: 'cluster',
      instances: 3,
      wait_ready: true,
      listen_timeout: 20000,
      kill_timeout: 10000,
      autorestart: false,
    },
  ],
}

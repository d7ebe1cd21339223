/**
 * The scenes that the pages about the algorithms tell: a few users at chosen moments, so that what is peculiar to an algorithm
 * happens, and nothing else. Each is written as `holdfast lab diagram --link` reads it.
 */

/** By name: everything that has a page. */
export const algorithmScenes: Readonly<Record<string, string>> = {
  'ricart-agrawala': 'algorithm=ricart-agrawala&nodes=3&load=hands&do=0:request:B,1:request:A,9:request:C',
  'carvalho-roucairol': 'algorithm=carvalho-roucairol&nodes=3&load=hands&do=0:request:B,6:request:C,12:request:A,13:request:B',
  'token-ring': 'algorithm=token-ring&load=hands&do=0:request:C,3:request:B',
  'suzuki-kasami': 'algorithm=suzuki-kasami&load=hands&do=0:request:C,1:request:D,2:request:B',
  maekawa: 'algorithm=maekawa&nodes=7&load=hands&do=0:request:C,1:request:E,2:request:A',
  'agrawal-el-abbadi': 'algorithm=agrawal-el-abbadi&nodes=7&load=hands&do=0:request:D,1:request:F',
  lamport: 'algorithm=lamport&nodes=3&load=hands&do=0:request:B,1:request:A',
  'singhal-dynamic': 'algorithm=singhal-dynamic&load=hands&do=0:request:D,8:request:B,9:request:D',
  'singhal-heuristic': 'algorithm=singhal-heuristic&load=hands&do=0:request:D,6:request:B,7:request:D',
  raymond: 'algorithm=raymond&nodes=5&load=hands&do=0:request:D,1:request:E,2:request:C',
  'naimi-trehel': 'algorithm=naimi-trehel&load=hands&do=0:request:B,4:request:C,5:request:D',
  mueller: 'algorithm=mueller&load=hands&do=0:request:B,4:request:C,5:request:D',
  'lodha-kshemkalyani': 'algorithm=lodha-kshemkalyani&load=hands&do=0:request:B,1:request:A,3:request:D',
  'raymond-k': 'algorithm=raymond-k&nodes=3&load=hands&do=0:request:A,1:request:B',
  'home-queue': 'algorithm=home-queue&load=hands&do=0:request:B,3:request:D,4:request:C',
  central: 'algorithm=central&load=hands&do=0:request:B,1:request:D,3:request:A',
  // The lease of 6 T is over while its holder stands still.
  'majority-lease': 'algorithm=majority-lease:ttl=6&nodes=3&load=hands&do=0:request:A,4:pause:A,5:request:B,16:resume:A',
}

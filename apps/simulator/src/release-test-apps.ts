export interface ReleaseTestApp {
  readonly appid: string;
  readonly originalId: string;
}

interface Pair {
  readonly official_account: ReleaseTestApp;
  readonly mini_program: ReleaseTestApp;
}

/**
 * WeChat's own accounts for the tests before a release to the whole network. One pair is drawn for each run.
 * https://developers.weixin.qq.com/doc/oplatform/Third-party_Platforms/2.0/operation/thirdparty/releaseguide.html
 */
export const releaseTestApps: readonly Pair[] = [
  pair('wx570bc396a51b8ff8', 'gh_3c884a361561', 'wxd101a85aa106f53e', 'gh_8dad206e9538'),
  pair('wx9252c5e0bb1836fc', 'gh_c0f28a78b318', 'wxc39235c15087f6f3', 'gh_905ae9d01059'),
  pair('wx8e1097c5bc82cde9', 'gh_3f222ed8d140', 'wx7720d01d4b2a4500', 'gh_393666f1fdf4'),
  pair('wx14550af28c71a144', 'gh_26128078e9ab', 'wx05d483572dcd5d8b', 'gh_39abb5d4e1b7'),
  pair('wxa35b9c23cfe664eb', 'gh_2b3713f184a6', 'wx5910277cae6fd970', 'gh_7818dcb60240'),
];

function pair(...[account, accountName, program, programName]: [string, string, string, string]): Pair {
  return {
    official_account: { appid: account, originalId: accountName },
    mini_program: { appid: program, originalId: programName },
  };
}

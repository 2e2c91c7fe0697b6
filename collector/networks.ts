import { getDomainWithoutSuffix, parse } from "tldts";
import { companyDomain } from "../api/companies/index.ts";

/**
 * Who carries other people's traffic: access providers, clouds, hosts, content networks, proxies. A kept list of domains of names that their
 * addresses have; what it lacks is told by the words below. Free-mail domains, most consumer providers among them, are a list of their own.
 */
const carriers = new Set(
  `1and1.com 1e100.net 163data.com.cn 3.dk a1.net a2hosting.com airtel.com airtelbroadband.in akamai.net akamaitechnologies.com alibabacloud.com aliyun.com alicloud.com alwaysdata.com amazon-adsystem.com
  amazonaws.com anexia.com antel.net.uy aruba.it arubacloud.com as13285.net as29550.net as8401.net asianet.co.th att.net att.com azure.com bahnhof.se bbox.fr bbtec.net bell.ca bellmts.net belgacom.be bezeqint.net bezeq.com
  bluehost.com bredband2.com bouyguestelecom.fr btcentralplus.com bt.com bt.net btireland.net bunnycdn.com bunny.net cablevision.com cdn77.com cdngp.net centurylink.net centurylink.com charter.com chello.at chello.nl chinamobile.com
  chinanet.cn chinatelecom.cn chinaunicom.cn claro.com.br claro.com cloudflare.com cloudfront.net cogentco.com colocrossing.com colt.net comcast.com comcastbusiness.net completel.net contabo.com contaboserver.net contabo.host coreweave.com
  cox.com ctinets.com cyberghostvpn.com cyta.com.cy datacamp.co.uk datapacket.com datahop.net digitalocean.com dna.fi dnainternet.fi docomo.ne.jp dreamhost.com droptop.de dtag.de eastlink.ca edgecastcdn.net edpnet.be ee.co.uk elisa-laajakaista.fi elisa.fi
  embarqhsd.net equinix.com etisalat.ae expressvpn.com ewetel.de fastly.net fastly.com fastweb.it fastwebnet.it fdcservers.net fibertel.com.ar firstheberg.net flokinet.is fly.dev free.fr frontier.com frontiernet.net fuse.net gandi.net gcore.lu gcore.com globalcrossing.net
  globe.com.ph godaddy.com googlebot.com googleusercontent.com gtt.net gvt.net.br hetzner.com hetzner.de hetzner.cloud hinet.net his.se hostgator.com hosteurope.de hostinger.com hostwinds.com hostwindsdns.com hotspotshield.com hwclouds-dns.com huaweicloud.com
  iinet.net.au ibm.cloud iij.ad.jp iliad.it infomaniak.ch infosphere.ne.jp internode.on.net ionos.com ip-connect.net.ua ip-pool.com ipvanish.com isp.telekom.hu jazztel.es jio.com kabel-deutschland.de kabel-badenwuerttemberg.de kabelbw.de kddi.com kpn.com kpn.net kpnmail.nl kt.com kundenserver.de
  kyivstar.net latisys.net leaseweb.com leaseweb.net level3.com level3.net lgdacom.net libero.it liberty.com linode.com linodeusercontent.com liquidweb.com lumen.com m247.com m247.ro magenta.at mchsi.com mediacomcc.com megared.net.mx meo.pt mobily.com.sa mnet-online.de mts.ru mullvad.net mundo-r.com mweb.co.za
  myrepublic.com.sg myvzw.com namecheap.com nearlyfreespeech.net net-htp.de netcologne.de netcup.de netcup.net nextgentel.com nordvpn.com nos.pt ntt.net ntt.com ntli.net numericable.fr ocn.ne.jp ono.com onlinehome-server.com onlinehome-server.info open.ru optusnet.com.au optus.com.au oraclecloud.com oraclevcn.com orange.com orange.es orange.pl
  orangecustomers.net ovh.ca ovh.com ovh.net packet.net packethub.net pacnet.net pair.com pldt.net plus.net plala.or.jp poneytelecom.eu post.lu privateinternetaccess.com proton.ch protonvpn.com proxad.net psychz.net ptd.net qwest.net quadranet.com quickpacket.com qwerty.ru rackspace.com rackspacecloud.com rcn.com rdsnet.ro
  render.com rima-tde.net rogers.com rostelecom.ru rr.com sakura.ne.jp salt.ch sbcglobal.net scaleway.com sdnet.cz secureserver.net selectel.ru servebyte.com serverhub.com sfr.net shawcable.net shaw.ca sify.net singnet.com.sg singtel.com siteground.com skbroadband.com sky.com skybroadband.com skylogicnet.com
  softbank.jp softlayer.com solcon.nl sonic.net spcsdns.net spectrum.com spectrum.net sprintlink.net starhub.com starlinkisp.net stackpath.com strato.de stratoserver.net sunrise.ch sunrise.net superonline.net surfshark.com swisscom.ch swisscom.com switch.ch t-ipconnect.de t-mobile.com tde.net tele2.net tele2.com tele2.se telefonica.com telefonica.de telefonica.net telekom.de telekom.com
  telekom.hu telenet.be telenor.net telenor.no telenor.se telering.at telesp.net.br telia.com telia.net telstra.net telstra.com telus.com telus.net telmex.net.mx tencent.com tencentcloud.com thinkbroadband.com threembb.co.uk tim.it tmodns.net totbb.net transip.nl transip.net triolan.net turktelekom.com.tr ttnet.com.tr
  twtelecom.net tzulo.com uk2.net unitymedia.de unitymediagroup.de uninet.net.mx upc.at upc.ch upc.cz upc.nl uunet.net vegas.com verizon.com verizon.net veloxzone.com.br vectant.ne.jp versanet.de versatel.de vidaoptics.com videotron.ca viettel.vn virgin.net virginm.net virginmedia.com vnpt.vn vodafone.com vodafone.de vodafone.es vodafone.it vodafone.pt vodafone-ip.de
  vodafonedsl.it vultr.com vultrusercontent.com waycom.net wanadoo.fr wideopenwest.com wind.it windstream.net windtre.it worldstream.nl xfinity.com xs4all.nl yandexcloud.net yourvserver.net your-server.de your-cloud.host zare.com zayo.com zen.co.uk ziggo.nl zscaler.com zscaler.net zscalertwo.net ztomy.com`.split(/\s+/),
);

/** Names that providers give to their customers' lines and machines. */
const lines = /(^|[.-])(dyn|dynamic|dynamicip|dhcp|[avs]?dsl|xdsl|pppoe?|pools?|dial(up|in)?|cable|catv|broadband|bb|fib(er|re)|ft+[hx]|gpon|mobile|wireless|wifi|lte|[345]g|gprs|umts|cust|customers?|clients?|residential|hosted|hosting|vps|vds|cloud|compute|instances?|colo|dedicated|dedi|tor|exit|cgn(at)?|unassigned|rev|reverse|ptr|isp|subs?|subscribers?|kunden|abo)\d*([.-]|$)/;
const carrierWords = /tele(com|kom|fon|net)|broadband|hosting|hoster|(^|-)cloud|cloud(s|-|$)|datacent|webhost|cable(vision|com)|fibernet|(^|-)vps|(^|-)vpn|vpn$|proxy|internet(provider|service)|mobile$|wireless$|isp$/;

/** What an organisation's name says of carrying other people's traffic. */
const carrierNames = /\b(telecoms?|telecommunications?|telekom|telefonica|telephone|communications?|broadband|cable|wireless|mobile|cellular|internet service|isp|hosting|cloud|data ?cent(er|re)s?|colocation|vps|vpn|servers?|web services|cdn|akamai|amazon|google llc|microsoft azure|digitalocean|ovh|hetzner|linode|vodafone|comcast|verizon|at&t|orange|t-mobile)\b/i;

/** True for a domain whose addresses are other people's. */
export const isCarrier = (domain: string): boolean => carriers.has(domain) || carrierWords.test(getDomainWithoutSuffix(domain) ?? "");
export const isCarrierName = (name: string): boolean => carrierNames.test(name);

/**
 * The company that a host name of an address speaks for, as its domain. Undefined for providers' lines and machines: by the list, by words, and by
 * the address written into the name.
 */
export function companyOfHost(hostname: string, address: string): string | undefined {
  const host = hostname.toLowerCase().replace(/\.$/, "");
  if (host.length > 253 || lines.test(host) || namesAddress(host, address)) return undefined;
  const domain = parse(host).domain === null ? undefined : companyDomain(host);
  return domain === undefined || isCarrier(domain) ? undefined : domain;
}

/** `host-203-0-113-7.example.net`, `7.113.0.203.…`, `cb007107.…`: a line among many. */
function namesAddress(host: string, address: string): boolean {
  if (!address.includes(".")) return /([0-9a-f]{1,4}-){3}|[0-9a-f]{12}/.test(host);
  const parts = address.split(".");
  const spelled = (octets: readonly string[], width: number, between: string) => octets.map((octet) => octet.padStart(width, "0")).join(between);
  const hex = parts.map((octet) => Number(octet).toString(16).padStart(2, "0")).join("");
  const orders = [parts, parts.toReversed()];
  const texts = orders.flatMap((octets) => ["-", ".", "_", "x"].flatMap((between) => [spelled(octets, 1, between), spelled(octets, 3, between)]).concat(spelled(octets, 3, "")));
  // The last two octets in a row are enough: providers often leave out what their block has in common.
  const tails = ["-", "."].flatMap((between) => [parts.slice(2), parts.slice(2).toReversed()].map((two) => two.join(between)));
  return host.includes(hex) || texts.some((text) => host.includes(text)) || tails.some((tail) => new RegExp(`(^|\\D)${tail.replaceAll(".", "\\.")}(\\D|$)`).test(host));
}

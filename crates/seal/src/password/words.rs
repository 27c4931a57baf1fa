//! Words of which easily guessed passwords are made.

/// Lower case, between spaces: what published lists of leaked passwords have in common, in English and Chinese; names, days, towns; and the
/// words of this program and of the offices that it is for.
pub(super) const WORDS: &str = "\
123456a 123456abc 1234qwer 123abc 123qwe 1qaz 2wsx 3edc a123456 a1b2c3 a1b2c3d4 aa123456 aaron abc abc123 abc12345 abcd \
abcd1234 access account accounts adam admin admin123 adminadmin administrador administration administrator agency aini \
ainiyiwannian airforce ajax alexander alice allah always amanda amazon america amy andrea andrew android angel angela \
angels anna anthony anything apple april army arsenal asd asd123 asdf asdfzxcv ashley asshole audi audit auditor \
auditors august australia autumn avengers azerty baba baby babyboy babygirl banana bangkok baobao baobei barbara \
barcelona baseball basketball batman bayern beach bear beatles beer beijing benfica benjamin berlin betty bible \
biometric biometrics birth birthday bitch biteme black blackpink blessed blowme blue bmw boston brandon brazil brenda \
brian broncos brother brown bts buddha bulls bunny bureau buster buttercup butterfly buzhidao california callofduty \
camaro camera canada candy captain carol carolyn cat catherine cats cde3 celtics certificate changeme charles charlie \
cheese cheetah chelsea chenchen chengdu cherry cheryl chevrolet chicago chicken china chocolate christ christina \
christine christmas christopher church cisco citizen citizens city civil clerk coffee computer confidential consent \
contrasena contraseña cookie cookies correcthorsebattery correcthorsebatterystaple corvette council countenance counter \
counters county cowboys cricket crimson crystal cutie cynthia daddy daisy daniel darthvader database deadpool death \
debian deborah debra december default delhi dell demo denglu dennis department desk diablo diamond diane dianhua diannao \
didi director district doctor dodgers dog dogs dolphin donald donna dorothy douglas dragon dragonfly driver ducati \
dvorak eagle eagles earth edc edward elizabeth emerald emily eminem emma employee engineer england eric evelyn evening \
everything evidence excel exo face facebook faces faith falcon fall family father february ferrari fireman fishing \
florida flower flowers football ford forest forever fortnite france frank freedom friday frodo frontdesk fuckoff fuckyou \
futbol galaxy gandalf garfield gary gege geheim general george germany giants ginger gladiator gloria gmail god goku \
gold golden golf gongan gongsi goodbye goodmorning google government grace green gregory guangzhou guanliyuan guest hall \
hallo halo hangzhou hannah harley harrypotter haslo hawk heather heaven helen hello hellothere helloworld henry hero \
hidden hockey hogwarts holiday honda honey hongkong hope horse hotmail hottie household hsinchu hualien huawei huji \
hukou hulk hunter hunting huzheng huzhengshi idcard identity identitycard ilove iloveme iloveu iloveyou iloveyou520 \
iloveyouso immigration india indonesia instagram intel inter internet ipad iphone ironman island italy jack jacob \
jacqueline jakarta james janet january japan jasmine jason jaychou jean jeffrey jennifer jerry jessica jesus jiejie joan \
john joker jonathan jordan jose joseph joshua joyce judith julia julie july june justin juventus kaohsiung karen \
katherine kathleen kathryn kawasaki keelung kelly kenneth kennwort kevin keyboard killer kimberly kiosk kitty knight \
korea krishna kyle lakers lamborghini laogong laopo laoshi laptop larry laura lauren lawyer leagueoflegends ledger \
legend lemon lenovo letmein letmeinplease lightning lily lina linda linux lion lisa liuyang liverpool liwei login london \
lordoftherings lotus love love123 lovely loveme lover loveyou lozinka luigi macbook madison madonna madrid magic \
malaysia mama manager manchester mango manila march margaret maria marine mario mark marriage martha marvel mary master \
matrix matthew may mayor mazda megan meimei melbourne melissa mercedes metallica mexico michael michelle mickey \
microsoft milan milk mima mimamima minecraft ministry minnie minzheng mohammed mommy monday monitor monkey moon morning \
moscow motdepasse mother mountain muhammad mumbai municipal municipality mustang mypass mypassword mysecret myself mysql \
nancy nanjing naruto natalie nathan navy neo netflix network newpassword newtaipei newyear newyork nicholas nicole night \
nihao nihaoma ninja nirvana nissan nokia notary nothing november nurse nvidia ocean october office officer okay \
oldpassword olivia onetwothree opensesame operator oracle orange outlook overwatch p0o9i8u7 p@ssw0rd p@ssword pa$$word \
packers paichusuo pamela panda panther paris parola pass pass1234 passcode passkey passphrase passport passw0rd passwd \
password password1 passwort patricia patrick patriots paul peace peach pearl pepper peter philippines phoenix pikachu \
pilot pink pirate pizza planet please pokemon police pony porsche porto portrait portraits postgres princess printer \
privacy private protection public pumpkin puppy purple pwd pword q1w2e3 q1w2e3r4 qaz qazwsx qazwsxedc qq123456 qwe \
qwe123 qweasd qweasdzxc qwer qwerasdf qwertz rabbit rachel racing raiders rain rainbow ranger raymond realmadrid rebecca \
reception recognition red redsox register registrar registration registrations registry residence resident residents \
richard rihanna river robert roblox rome ronald root root123 rootroot rose roses router ruby rugby running russia ruth \
ryan sakura salasana samantha samsung samuel samurai sandra sara sarah sasuke saturday scooby scott secret secretary \
secure security senha seoul september sergeant server service services sex sexy shadow shakira shanghai shark sharon \
shenfenzheng shenzhen shirley shizhengfu shouji silver singapore sister skywalker snake sniper snoopy snow soccer \
soldier something sony sophia sorry spain spartan spider spiderman spock spring staff star starcraft stars startrek \
starwars station steelers stephanie stephen steven storm strawberry student sugar summer sun sunday sunshine superadmin \
superman superuser supervisor susan suzuki sweetheart sweetie swimming sydney sysadmin system systems taichung tainan \
taipei taiwan taoyuan teacher temp template templates temporary tennis teresa test test123 tester testing texas thailand \
thankyou thequickbrownfox thequickbrownfoxjumps thomas thunder thursday tiger tigger timothy tobeornottobe today tokyo \
tomorrow tongxue toor topsecret toshiba town toyota trinity trustme trustno trustnoone tuesday turtle tweety twitter \
tyler ubuntu unicorn united universe user user1 user123 username vacation vanilla verification verify victoria vietnam \
viking village violet virginia visit visits vodka volkswagen volleyball wachtwoord wang1234 wangfang wangluo wangwei \
warcraft ward warrior webadmin wedding wednesday welcome welcomeback welcomehome welcometo whale whatever whiskey white \
wifi william window windows winter wireless witness wizard woaini woaini1314 woaini520 woaiwo woaiwojia woaizhongguo \
wobuzhidao wodemima wolf wolverine worker woshini woshishei woshiwo wsx wuhan xiaohong xiaoli xiaomi xiaoming xiaowei \
xsw2 xuesheng yahoo yamaha yankees yellow yes yesterday yinhang yoda youtube zachary zaq1 zaqxsw zelda zhanghao zhangli \
zhangwei zhengfu zhongguo zhongguoren zhonghua zhuceka zxc zxc123 zxcv zxcv1234 一二三四 一二三四五 一二三四五六七八 \
上海 中国 中國 你好 使用者 北京 台中 台北 台南 台湾 台灣 天天开心 天天開心 密码 密碼 市政府 \
恭喜发财 恭喜發財 我愛你 我愛台灣 我爱中国 我爱你 我的密码 我的密碼 戶政 戶政事務所 戶籍 户政 \
户籍 政府 新北 新年快樂 服务 服務 柜台 桃園 櫃台 测试 測試 生日快乐 生日快樂 用戶 用户 登入 登录 \
管理员 管理員 管理者 系統管理員 系统管理员 結婚 结婚 臺中 臺北 臺南 臺灣 警察 身份证 身分證 \
阿彌陀佛 高雄";
